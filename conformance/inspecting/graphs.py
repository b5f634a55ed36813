"""What a graph asks of the TensorFlow that loads it: its ops, with the attributes that its nodes have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from conformance.inspecting import messages
from conformance.inspecting.files import ModelFileError

MADE_FOR_SAVING = {"__saved_model_init_op", "__saved_model_train_op"}  # signatures that nobody calls

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
        of_session: those of them whose attributes a session looks at with TF1's loader: of no function that is not
            called. Who calls the one that saves the variables? Nobody who only computes.
        checks_versions: whether the loader compares GraphDef versions: it does where it imports the graph itself, and
            gives a library of functions its own version.
        for_gpu: ops that only functions have which TensorFlow takes where there is a GPU, and others in their place
            where there is none.
        sparse: whether any signature takes or gives a sparse or another composite tensor.
        saves_itself: whether an object, a mutable table for instance, has a function for saving its state.
        saves_untyped: whether such a function does not say what it takes: TensorFlow writes them so from 2.14 on.
        composite: whether every signature takes or gives a composite tensor that is not sparse: a ragged one.
    """

    tags: tuple[str, ...]
    producer: int
    min_consumer: int
    bad_consumers: tuple[int, ...]
    ops: frozenset[UsedOp]
    checks_versions: bool
    for_gpu: frozenset[str] = frozenset()
    of_session: frozenset[UsedOp] = frozenset()
    sparse: bool = False
    composite: bool = False
    saves_itself: bool = False
    saves_untyped: bool = False


def needs_of(graph: Any, *, where: str) -> GraphNeeds:
    """What loading a MetaGraphDef asks for.

    Of a model with an object graph only the functions are loaded, of any other the whole graph.
    """
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    defaults = {op.name: op for op in graph.meta_info_def.stripped_op_list.op}
    whole = not graph.HasField("object_graph_def")
    used = set(_used((node for function in functions.values() for node in function.node_def), {}))
    # Only of these TensorFlow drops attributes that it does not know, where they have the writer's default.
    of_graph = set(_used(graph.graph_def.node, defaults))
    saving = graph.saver_def.save_tensor_name.partition(":")[0]
    called = _reached(functions, (node for node in graph.graph_def.node if node.name != saving))
    of_session = of_graph | set(_used((node for name in called for node in functions[name].node_def), {}))
    if not set(graph.signature_def) - MADE_FOR_SAVING:
        of_session |= used  # nothing could be computed in a session
    if whole:
        used |= of_graph
    if any(not one.op for one in used):
        raise ModelFileError("has a node without an op.", where=where)
    versions, per_signature = graph.graph_def.versions, list(_encodings(graph))
    return GraphNeeds(
        tags=tuple(graph.meta_info_def.tags),
        producer=versions.producer,
        min_consumer=versions.min_consumer,
        bad_consumers=tuple(versions.bad_consumers),
        ops=frozenset(one for one in used if one.op not in functions),
        checks_versions=whole,
        for_gpu=_only_for_gpu(graph),
        of_session=frozenset(one for one in of_session if one.op not in functions),
        sparse=any(encodings - {"name"} for encodings in per_signature),
        composite=bool(per_signature) and all("composite_tensor" in encodings for encodings in per_signature),
        saves_itself=bool(saving := _functions_that_save(graph.object_graph_def)),
        saves_untyped=any(not one.function_spec.input_signature.HasField("tuple_value") for one in saving),
    )


def _functions_that_save(objects: Any) -> list[Any]:
    """The functions by which objects save themselves."""
    numbers = {one.save_function for node in objects.nodes for one in node.saveable_objects.values()}
    return [objects.nodes[one].bare_concrete_function for one in sorted(numbers) if 0 <= one < len(objects.nodes)]


def _encodings(graph: Any) -> Iterator[set[str]]:
    """How the tensors of each signature are given: "name", "coo_sparse", "composite_tensor"."""
    for name, one in graph.signature_def.items():
        if name not in MADE_FOR_SAVING:
            infos = (*one.inputs.values(), *one.outputs.values())
            yield {info.WhichOneof("encoding") or "name" for info in infos}


def _only_for_gpu(graph: Any) -> frozenset[str]:
    """The ops of functions that are made for a GPU, and of those that only they call: Keras saves each RNN twice."""
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    made_for = {name for name, one in functions.items() if one.attr["api_preferred_device"].s == b"GPU"}
    if not made_for:
        return frozenset()
    found = made_for.union(*(_reached(functions, functions[name].node_def) for name in made_for))
    elsewhere = {node.op for name, one in functions.items() if name not in found for node in one.node_def}
    elsewhere |= {node.op for node in graph.graph_def.node}
    return frozenset({node.op for name in found for node in functions[name].node_def} - elsewhere)


def _reached(functions: Mapping[str, Any], nodes: Iterable[Any]) -> set[str]:
    """The functions that these nodes call, and those that they call in turn."""
    found: set[str] = set()
    waiting = list(_called_by(nodes))
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += _called_by(functions[name].node_def)
    return found


def _called_by(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        yield node.op
        for attribute in node.attr.values():
            yield attribute.func.name
            yield from (one.name for one in attribute.list.func)


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
