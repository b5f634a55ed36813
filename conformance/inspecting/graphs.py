"""What a graph asks of the TensorFlow that loads it: its ops, with the attributes that its nodes have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from conformance.inspecting import messages
from conformance.inspecting.files import ModelFileError

_LONGEST_WORD = 64  # of a text that an attribute may be limited to


class UsedAttribute(msgspec.Struct, frozen=True, order=True):
    """An attribute of a node.

    Attributes:
        value: its type or text, in the words of the table of ops; "" where it is neither.
        default: whether its value is the default of whatever release wrote it.
    """

    name: str
    value: str
    default: bool


class UsedOp(msgspec.Struct, frozen=True, order=True):
    """An op as some nodes use it; nodes that ask for the same are told once."""

    op: str
    attributes: tuple[UsedAttribute, ...]


class GraphNeeds(msgspec.Struct, frozen=True):
    """What loading a graph asks for.

    Attributes:
        tags: "serve", for instance.
        ops: what has to be known; ops that are functions of the graph itself are left out.
        checks_versions: whether the loader compares GraphDef versions: it does where it imports the graph itself, and
            gives a library of functions its own version.
    """

    tags: tuple[str, ...]
    producer: int
    min_consumer: int
    bad_consumers: tuple[int, ...]
    ops: frozenset[UsedOp]
    checks_versions: bool


def needs_of(graph: Any, *, where: str) -> GraphNeeds:
    """What loading a MetaGraphDef asks for.

    Of a model with an object graph only the functions are loaded, of any other the whole graph.

    Raises:
        ModelFileError: the graph has nodes without an op.
    """
    own = {function.signature.name for function in graph.graph_def.library.function}
    defaults = {op.name: op for op in graph.meta_info_def.stripped_op_list.op}
    whole = not graph.HasField("object_graph_def")
    used = set(_used((node for function in graph.graph_def.library.function for node in function.node_def), {}))
    if whole:
        # Only of these TensorFlow drops attributes that it does not know, where they have the writer's default.
        used |= set(_used(graph.graph_def.node, defaults))
    if any(not one.op for one in used):
        raise ModelFileError("has a node without an op.", where=where)
    versions = graph.graph_def.versions
    return GraphNeeds(
        tags=tuple(graph.meta_info_def.tags),
        producer=versions.producer,
        min_consumer=versions.min_consumer,
        bad_consumers=tuple(versions.bad_consumers),
        ops=frozenset(one for one in used if one.op not in own),
        checks_versions=whole,
    )


def _used(nodes: Iterable[Any], defaults: Mapping[str, Any]) -> Iterator[UsedOp]:
    for node in nodes:
        written = {one.name: one for one in defaults[node.op].attr} if node.op in defaults else {}
        attributes = (
            UsedAttribute(name, _value(attribute), _is_default(attribute, written.get(name)))
            for name, attribute in node.attr.items()
            if not name.startswith("_")  # these are for whoever knows them
        )
        yield UsedOp(node.op, tuple(sorted(attributes)))


def _value(attribute: Any) -> str:
    kind = attribute.WhichOneof("value")
    if kind == "type":
        return messages.registered_type(attribute.type)
    if kind == "s" and len(attribute.s) <= _LONGEST_WORD:
        return str(attribute.s.decode(errors="replace"))
    return ""


def _is_default(attribute: Any, written: Any) -> bool:
    return written is not None and written.HasField("default_value") and bool(attribute == written.default_value)
