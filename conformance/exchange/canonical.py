"""The canonical form of a model's files: of two models with the same form, TensorFlow sees no difference.

The equivalence: the files are equal but for

- the names of graph nodes and functions, which are given anew, one for one, from the structure (`renaming.py`), and the
  order in which nodes, functions and files stand;
- what says who wrote it: the version strings, the GraphDef version of the producer within the limits below, the stack
  traces of debug information, and Keras' version;
- where in the data files a variable's bytes lie. Its key, dtype, shape and bytes count;
- where the source of an asset lay when it was saved, which the graph still says and a loader replaces;
- what TensorFlow up to 2.4 wrote otherwise each time: the name of a temporary folder in the part of the graph that
  saves, and the order of the kinds of devices in a call's configuration, which is a map;
- the order of two traces of a function that no arguments both fit: whoever calls it finds the same one;
- checksums of all that (`fingerprint.pb`), and the documentation of ops.

A GraphDef version changes what a consumer does where an op may not be used from a version on. So the form keeps which
of those limits, of the ops that the graph uses and in any release (`inspecting/ops.json`), the version has reached.
What a consumer may be and may not be (`min_consumer`, `bad_consumers`) is kept as it is.

What this module does not know, an unknown field or file, stays in the form: it can only tell more models apart.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from conformance.exchange.renaming import rename
from conformance.inspecting import messages
from conformance.inspecting.files import ModelFileError, read
from conformance.inspecting.objects import KERAS_METADATA
from conformance.inspecting.ops_table import read_ops_table
from conformance.inspecting.saved_model import BINARY, asset_files
from conformance.inspecting.table import TableError, read_table

SCHEMA = "form/2"  # of what is hashed: another schema, other hashes
_OBJECT_GRAPH_KEY = b"_CHECKPOINTABLE_OBJECT_GRAPH"
_OBJECT_GRAPH = "tensorflow.TrackableObjectGraph"
_TEMPORARY = re.compile(rb"^_temp_[0-9a-f]{32}(?=/part$)")
_LEFT_OUT = ("fingerprint.pb",)
_VARIABLES = "variables"
_VERSIONS_OF_KERAS = ("keras_version", "backend")


def canonical_hash(folder: Path) -> str:
    """The hash of the canonical form of the SavedModel in `folder`, as "form:<hex>".

    Raises:
        ModelFileError: a file is damaged.
    """
    digest = hashlib.sha256(SCHEMA.encode())
    for name, content in sorted(canonical_parts(folder)):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"form:{digest.hexdigest()}"


def canonical_parts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The named parts of the form: graphs, variables, and every other file."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name in _LEFT_OUT:
            continue
        if name == BINARY:
            yield name, canonical_saved_model(read(path), where=str(path))
        elif name == KERAS_METADATA:
            yield name, _keras_metadata(read(path), where=str(path))
        elif name == f"{_VARIABLES}/variables.index":
            yield from _variables(path)
        elif not name.startswith(f"{_VARIABLES}/variables.data-"):
            yield name, read(path)


def canonical_saved_model(raw: bytes, *, where: str) -> bytes:
    """The canonical form of a SavedModel message."""
    saved = messages.parse(messages.SAVED_MODEL, raw, where=where)
    for graph in saved.meta_graphs:
        about = graph.meta_info_def
        for field in ("tensorflow_version", "tensorflow_git_version", "meta_graph_version"):
            about.ClearField(field)
        _without_documentation(about.stripped_op_list)
        versions = graph.graph_def.versions
        versions.producer = max((limit for limit in _limits(graph.graph_def) if limit <= versions.producer), default=0)
        graph.graph_def.ClearField("debug_info")
        _forget_sources_of_assets(graph)
        _forget_what_is_random(graph.graph_def)
        rename(graph)
        _order_traces(graph.object_graph_def)
        _keras_objects(graph)
    return bytes(saved.SerializeToString(deterministic=True))


def _forget_sources_of_assets(graph: Any) -> None:
    """The constants that hold the paths of assets, which every loader feeds or makes anew."""
    paths = {asset.tensor_info.name.partition(":")[0]: asset.filename for asset in asset_files(graph)}
    for node in graph.graph_def.node:
        if node.name in paths and node.op == "Const":
            node.attr["value"].tensor.string_val[:] = [paths[node.name].encode()]


def _forget_what_is_random(graph: Any) -> None:
    for node in (*graph.node, *(node for function in graph.library.function for node in function.node_def)):
        if node.op == "Const":
            texts = node.attr["value"].tensor.string_val
            if any(_TEMPORARY.search(text) for text in texts):
                texts[:] = [_TEMPORARY.sub(b"_temp", text) for text in texts]
        if configuration := node.attr["config_proto"].s if "config_proto" in node.attr else b"":
            node.attr["config_proto"].s = _with_sorted_devices(configuration)


def _with_sorted_devices(configuration: bytes) -> bytes:
    try:
        return bytes(_devices().FromString(configuration).SerializeToString(deterministic=True))
    except DecodeError:
        return configuration


@cache
def _devices() -> Any:
    """A message that knows nothing of tensorflow.ConfigProto but `device_count`: what it does not know it keeps."""
    file = FileDescriptorProto(name="devices.proto", package="devices", syntax="proto3")
    devices = file.message_type.add(name="Devices")
    entry = devices.nested_type.add(name="DeviceCountEntry")
    entry.options.map_entry = True
    field = FieldDescriptorProto
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    count = devices.field.add(name="device_count", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED)
    count.type_name = ".devices.Devices.DeviceCountEntry"
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("devices.Devices"))


def _order_traces(objects: Any) -> None:
    def taken(name: str) -> list[str]:
        return list(_python_values(objects.concrete_functions[name].canonicalized_input_signature))

    for node in objects.nodes:
        if node.WhichOneof("kind") == "function":
            names = node.function.concrete_functions
            names[:] = sorted(names, key=taken)


def _python_values(value: Any) -> Iterator[str]:
    """The leaves of a StructuredValue as far as they say which arguments fit: any tensor is one, and True is 1."""
    kind = value.WhichOneof("kind") or ""
    if kind in ("tuple_value", "list_value"):
        for one in getattr(value, kind).values:
            yield from _python_values(one)
    elif kind == "dict_value":
        for key, one in sorted(value.dict_value.fields.items()):
            yield key
            yield from _python_values(one)
    elif kind == "named_tuple_value":
        for pair in value.named_tuple_value.values:
            yield pair.key
            yield from _python_values(pair.value)
    elif kind in ("bool_value", "int64_value", "float64_value"):
        yield repr(float(getattr(value, kind)))
    elif kind == "string_value":
        yield f"{kind} {value.string_value}"
    else:
        yield kind.removeprefix("bounded_")


def _without_documentation(ops: Any) -> None:
    for op in ops.op:
        op.ClearField("summary")
        op.ClearField("description")
        for part in (*op.attr, *op.input_arg, *op.output_arg):
            part.ClearField("description")
    ordered = sorted((type(one).FromString(one.SerializeToString()) for one in ops.op), key=lambda one: one.name)
    del ops.op[:]
    ops.op.extend(ordered)


def _limits(graph: Any) -> set[int]:
    """The GraphDef versions from which on some release lets no graph use an op that this one uses."""
    bodies = (node for function in graph.library.function for node in function.node_def)
    return {limit for node in (*graph.node, *bodies) for limit in _limits_of_ops().get(node.op, ())}


@cache
def _limits_of_ops() -> dict[str, frozenset[int]]:
    ops = read_ops_table().ops
    found = {op: frozenset(one.deprecated_from for one in rows.values() if one) - {0} for op, rows in ops.items()}
    return {op: limits for op, limits in found.items() if limits}


def _keras_objects(graph: Any) -> None:
    """Keras up to 2.4 kept its metadata in the object graph."""
    if graph.HasField("object_graph_def"):
        for node in graph.object_graph_def.nodes:
            if node.WhichOneof("kind") == "user_object" and node.user_object.metadata:
                node.user_object.metadata = _without_keras_version(node.user_object.metadata)


def _keras_metadata(raw: bytes, *, where: str) -> bytes:
    saved = messages.parse(messages.KERAS_METADATA, raw, where=where)
    for node in saved.nodes:
        node.metadata = _without_keras_version(node.metadata)
    return bytes(saved.SerializeToString(deterministic=True))


def _without_keras_version(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if isinstance(found, dict):
        for name in _VERSIONS_OF_KERAS:
            found.pop(name, None)
    return json.dumps(found, sort_keys=True)


def _variables(index: Path) -> Iterator[tuple[str, bytes]]:
    """Each variable with its bytes, wherever these lie."""
    where = str(index)
    try:
        entries = dict(read_table(read(index)))
    except TableError as error:
        raise ModelFileError(f"{error}.", where=where) from error
    header = messages.parse(messages.BUNDLE_HEADER, entries.pop(b"", b""), where=where)
    shards = [
        read(index.with_name(f"variables.data-{one:05d}-of-{header.num_shards:05d}"))
        for one in range(header.num_shards)
    ]
    for key, raw in entries.items():
        entry = messages.parse(messages.BUNDLE_ENTRY, raw, where=where)
        content = shards[entry.shard_id][entry.offset : entry.offset + entry.size]
        if len(content) != entry.size:
            raise ModelFileError("names bytes that its data files do not have.", where=where)
        if key == _OBJECT_GRAPH_KEY:
            content = _saved_objects(content, where=where)
        for field in ("shard_id", "offset", "crc32c", "size"):
            entry.ClearField(field)
        described = entry.SerializeToString(deterministic=True)
        yield f"{_VARIABLES}/{key!r}", len(described).to_bytes(8, "big") + described + content


def _saved_objects(content: bytes, *, where: str) -> bytes:
    """The object graph of the checkpoint, which is stored as a text of one element: its length, a checksum, itself."""
    try:
        length, place = _varint(content)
        graph = messages.parse(_OBJECT_GRAPH, content[place + 4 : place + 4 + length], where=where)
    except (IndexError, ModelFileError):
        return content  # of a kind that is not known: it stays as it is
    return bytes(graph.SerializeToString(deterministic=True))


def _varint(raw: bytes) -> tuple[int, int]:
    value = place = 0
    while True:
        byte = raw[place]
        value |= (byte & 0x7F) << (7 * place)
        place += 1
        if byte < 0x80:
            return value, place
