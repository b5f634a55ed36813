"""Gives the nodes, functions and resources of a MetaGraphDef names that follow from its structure alone.

New names are given one for one, at every place where an old one stands. So what comes out is the same graph, and two
graphs that come out equal were equal but for names: that is proved, and does not rest on colours that happen to agree.
Where two nodes are alike in all that they compute, the order of the file decides; then graphs that are equal may come
out unequal, and are taken for two.

What a consumer can ask for by name keeps its name: signatures with their inputs and outputs, the keys of variables,
assets, collections, and the arguments of functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError

from conformance.exchange.colours import SHARED, bare, colours_of, looks_of, stem
from conformance.inspecting import messages

_SAYS_NOTHING = ("_output_shapes", "_has_manual_control_dependencies")  # what the writer knew of its own graph
_TENSORS_OF_SPARSE = ("values_tensor_name", "indices_tensor_name", "dense_shape_tensor_name")
_TENSORS_OF_SAVER = ("filename_tensor_name", "save_tensor_name", "restore_op_name")
_TENSORS_OF_VARIABLE = ("variable_name", "initializer_name", "snapshot_name", "initial_value_name")

Names = Mapping[str, str]  # old -> new


def rename(graph: Any) -> None:
    """Renames within a MetaGraphDef, in place, and puts its nodes and functions in the order of their new names."""
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    looks = looks_of(functions)
    named = _names_of_functions(graph, functions, looks)
    resources: dict[str, str] = {}
    main = list(graph.graph_def.node)
    in_main = _names_of_nodes(main, looks)
    for name in sorted(functions, key=lambda one: named[one]):
        _rename_body(functions[name], _names_of_nodes(list(functions[name].node_def), looks), resources)
    _rename_calls(graph, functions, named)
    _rename_nodes(main, in_main, resources)
    _rename_ends(graph, in_main)
    _sort(graph.graph_def.node, lambda one: (len(one.name), one.name))
    _sort(graph.graph_def.library.function, lambda one: one.signature.name)
    _sort(graph.graph_def.library.gradient, lambda one: one.function_name)


def _names_of_functions(graph: Any, functions: Mapping[str, Any], looks: Names) -> Names:
    """By what they compute; of those that are alike, by where the object graph names them, and what they take there."""
    traces = graph.object_graph_def.concrete_functions
    taken = {name: _raw(traces[name].canonicalized_input_signature) for name in functions if name in traces}
    places: dict[str, list[int]] = {name: [] for name in functions}
    for number, node in enumerate(graph.object_graph_def.nodes):
        for name in (*node.function.concrete_functions, node.bare_concrete_function.concrete_function_name):
            if name in places:
                places[name].append(number)
    counts: dict[str, int] = {}
    named: dict[str, str] = {}
    for name in sorted(functions, key=lambda one: (looks[one], places[one], taken.get(one, b""))):
        new = f"{stem(name)}_{looks[name][:12]}"
        counts[new] = counts.get(new, -1) + 1
        named[name] = f"{new}_{counts[new]}"  # TensorFlow knows its own functions by the number at their end
    return named


def _names_of_nodes(nodes: Sequence[Any], looks: Names) -> Names:
    colours = colours_of(nodes, looks)
    order = sorted(range(len(nodes)), key=lambda place: (colours[nodes[place].name], place))
    return {nodes[place].name: f"n{number}" for number, place in enumerate(order)}


def _rename_calls(graph: Any, functions: Mapping[str, Any], named: Names) -> None:
    for function in functions.values():
        function.signature.name = named[function.signature.name]
        for value in function.attr.values():
            _rename_in(value, named)
    bodies = (node for function in functions.values() for node in function.node_def)
    for node in (*bodies, *graph.graph_def.node):
        node.op = named.get(node.op, node.op)
        for value in node.attr.values():
            _rename_in(value, named)
    for gradient in graph.graph_def.library.gradient:
        _replace(gradient, ("function_name", "gradient_func"), named)
    for node in graph.object_graph_def.nodes:
        kind = node.WhichOneof("kind")
        if kind == "function":
            names = node.function.concrete_functions
            names[:] = [named.get(name, name) for name in names]
        elif kind == "bare_concrete_function":
            _replace(node.bare_concrete_function, ("concrete_function_name",), named)
        elif kind == "captured_tensor":
            _replace(node.captured_tensor, ("concrete_function",), named)
    _rename_keys(graph.object_graph_def.concrete_functions, named)
    _rename_keys(graph.meta_info_def.function_aliases, named)


def _rename_in(value: Any, named: Names) -> None:
    for one in [value.func] if value.WhichOneof("value") == "func" else list(value.list.func):
        one.name = named.get(one.name, one.name)
        for inner in one.attr.values():
            _rename_in(inner, named)


def _replace(message: Any, fields: Sequence[str], named: Names) -> None:
    for field in fields:
        if old := getattr(message, field):
            setattr(message, field, _renamed(old, named))


def _rename_keys(mapping: Any, named: Names) -> None:
    kept = {named.get(key, key): mapping[key] for key in mapping}
    kept = {
        key: value if isinstance(value, str) else type(value).FromString(_raw(value)) for key, value in kept.items()
    }
    mapping.clear()
    for key, value in kept.items():
        if isinstance(value, str):
            mapping[key] = value
        else:
            mapping[key].CopyFrom(value)


def _rename_body(function: Any, named: Names, resources: dict[str, str]) -> None:
    _rename_nodes(list(function.node_def), named, resources)
    for key in list(function.ret):
        function.ret[key] = _renamed(function.ret[key], named)
    ends = {key: _renamed(value, named) for key, value in function.control_ret.items()}
    if len(set(ends.values())) == len(ends):  # its outputs of control are called after the nodes
        function.signature.control_output[:] = sorted(ends.get(key, key) for key in function.signature.control_output)
        ends = {value: value for value in ends.values()}
    function.control_ret.clear()
    function.control_ret.update(ends)
    _sort(function.node_def, lambda one: (len(one.name), one.name))


def _rename_nodes(nodes: Sequence[Any], named: Names, resources: dict[str, str]) -> None:
    """Renames nodes, what they name, and the resources that they share, whose new names count through the graph."""
    for node in sorted(nodes, key=lambda one: int(named[one.name][1:])):
        node.name = named[node.name]
        node.input[:] = [_renamed(source, named) for source in node.input]
        node.ClearField("experimental_debug_info")
        for name in _SAYS_NOTHING:
            node.attr.pop(name, None)
        if "_class" in node.attr:
            found = node.attr["_class"].list.s
            found[:] = sorted(_located(one, named) for one in found)
        if SHARED in node.attr and (shared := node.attr[SHARED].s.decode(errors="replace")):
            node.attr[SHARED].s = resources.setdefault(shared, f"r{len(resources)}").encode()


def _located(raw: bytes, named: Names) -> bytes:
    prefix, _, name = raw.decode(errors="replace").partition("@")
    return f"{prefix}@{named.get(name, name)}".encode()


def _renamed(source: str, named: Names) -> str:
    name = bare(source)
    return source.replace(name, named[name], 1) if name in named else source


def _rename_ends(graph: Any, named: Names) -> None:
    """Renames wherever else a MetaGraphDef names nodes of its main graph."""
    for signature in graph.signature_def.values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            _rename_tensor(info, named)
    for asset in graph.asset_file_def:
        _rename_tensor(asset.tensor_info, named)
    for collection in graph.collection_def.values():
        names = collection.node_list.value
        names[:] = [_renamed(name, named) for name in names]
        raw = collection.bytes_list.value
        raw[:] = [_variable(one, named) for one in raw]
        for packed in collection.any_list.value:
            if packed.type_url.endswith(f"/{messages.ASSET_FILE}"):
                asset = messages.parse(messages.ASSET_FILE, packed.value, where="saved_model_assets")
                _rename_tensor(asset.tensor_info, named)
                packed.value = _raw(asset)
    _replace(graph.saver_def, _TENSORS_OF_SAVER, named)


def _rename_tensor(info: Any, named: Names) -> None:
    for part in _parts(info):
        fields = _TENSORS_OF_SPARSE if "values_tensor_name" in part.DESCRIPTOR.fields_by_name else ("name",)
        _replace(part, fields, named)


def _parts(info: Any) -> Iterator[Any]:
    kind = info.WhichOneof("encoding")
    if kind == "composite_tensor":
        for part in info.composite_tensor.components:
            yield from _parts(part)
    elif kind is not None:
        yield info.coo_sparse if kind == "coo_sparse" else info


def _variable(raw: bytes, named: Names) -> bytes:
    """A VariableDef with new names; any other message as it is, which can only tell more models apart."""
    try:
        variable = messages.message_class(messages.VARIABLE).FromString(raw)
    except DecodeError:
        return raw
    if bare(variable.variable_name) not in named:
        return raw
    _replace(variable, _TENSORS_OF_VARIABLE, named)
    return _raw(variable)


def _raw(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


def _sort(items: Any, key: Callable[[Any], Any]) -> None:
    ordered = sorted((type(one).FromString(_raw(one)) for one in items), key=key)
    del items[:]
    items.extend(ordered)
