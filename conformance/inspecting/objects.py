"""What the object graph of a model tells: what can be called, what can be trained, what Keras left there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from conformance.inspecting import messages
from conformance.inspecting.description import Callable, ModelFormat, SavedKeras, TensorSpec
from conformance.inspecting.files import read

KERAS_METADATA = "keras_metadata.pb"

_KERAS_2 = "_tf_keras_"  # what the identifiers of its objects begin with
_KERAS_3_EXPORT = {"_all_variables", "non_trainable_variables", "trainable_variables"}
_REUSABLE = {"__call__", "variables", "trainable_variables"}


class RootObject(msgspec.Struct, frozen=True):
    """The object that loading gives."""

    graph: Any

    @property
    def children(self) -> dict[str, int]:
        """The numbers of its attributes' objects, by the attributes' names; those that do not exist are left out."""
        nodes = self.graph.nodes
        if not nodes:
            return {}
        return {child.local_name: child.node_id for child in nodes[0].children if 0 <= child.node_id < len(nodes)}

    @property
    def format(self) -> ModelFormat:
        """What sort of model it is."""
        if self.graph.nodes and self.graph.nodes[0].user_object.identifier.startswith(_KERAS_2):
            return ModelFormat.KERAS_2
        return ModelFormat.KERAS_3_EXPORT if self.children.keys() >= _KERAS_3_EXPORT else ModelFormat.TF2_OBJECTS

    @property
    def reusable(self) -> bool:
        """Whether hub.KerasLayer could train it."""
        return self.children.keys() >= _REUSABLE

    @property
    def has_variables(self) -> bool:
        """Whether there are any."""
        return any(node.WhichOneof("kind") == "variable" for node in self.graph.nodes)

    @property
    def trainable(self) -> int:
        """How many variables can be trained."""
        return sum(node.variable.trainable for node in self.graph.nodes if node.WhichOneof("kind") == "variable")

    def callables(self) -> Iterator[Callable]:
        """The functions among its attributes, in the order of their names; one that was never traced is none."""
        for name, number in sorted(self.children.items()):
            node = self.graph.nodes[number]
            if node.WhichOneof("kind") == "function" and node.function.concrete_functions:
                yield Callable(name, tuple(_arguments(node.function.function_spec)), self._inputs(node.function))

    def _inputs(self, function: Any) -> tuple[TensorSpec, ...]:
        """The tensors that the first of a function's concrete ones takes."""
        concrete = self.graph.concrete_functions
        name = next((one for one in function.concrete_functions if one in concrete), None)
        return tuple(_tensors(concrete[name].canonicalized_input_signature)) if name is not None else ()

    def keras(self, folder: Path) -> SavedKeras | None:
        """What Keras left; None where the root is no object of Keras 2."""
        if self.format is not ModelFormat.KERAS_2:
            return None
        root = self.graph.nodes[0].user_object
        metadata = _metadata(folder / KERAS_METADATA) or root.metadata
        try:
            said = msgspec.json.decode(metadata, type=_Metadata)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            said = _Metadata()
        return SavedKeras(said.keras_version, root.identifier, said.training_config is not None)


class _Metadata(msgspec.Struct):
    """The JSON that Keras writes of a model, as far as it is of use here."""

    keras_version: str = ""
    training_config: dict[str, msgspec.Raw] | None = None


def _tensors(value: Any) -> Iterator[TensorSpec]:
    """The tensors of a StructuredValue, in the order in which TensorFlow flattens it."""
    kind = value.WhichOneof("kind")
    if kind in ("tuple_value", "list_value"):
        for one in getattr(value, kind).values:
            yield from _tensors(one)
    elif kind == "dict_value":
        for _, one in sorted(value.dict_value.fields.items()):
            yield from _tensors(one)
    elif kind == "named_tuple_value":
        for pair in value.named_tuple_value.values:
            yield from _tensors(pair.value)
    elif kind in ("tensor_spec_value", "bounded_tensor_spec_value"):
        spec = getattr(value, kind)
        yield TensorSpec(spec.name, messages.data_type(spec.dtype), shape_of(spec.shape))
    elif kind == "type_spec_value":
        yield composite(value.type_spec_value, "")


def composite(spec: Any, name: str) -> TensorSpec:
    """The composite tensor that a TypeSpecProto speaks of."""
    kinds = {"SPARSE_TENSOR_SPEC": "sparse", "RAGGED_TENSOR_SPEC": "ragged"}
    described = spec.DESCRIPTOR.fields_by_name["type_spec_class"].enum_type.values_by_number.get(spec.type_spec_class)
    kind = kinds.get(described.name, "composite") if described else "composite"
    # The first of each kind: a ragged tensor's state has a second dtype, that of its row splits.
    state = {one.WhichOneof("kind"): one for one in reversed(spec.type_state.tuple_value.values)}
    shape, dtype = state.get("tensor_shape_value"), state.get("tensor_dtype_value")
    return TensorSpec(
        name,
        messages.data_type(dtype.tensor_dtype_value if dtype else 0),
        shape_of(shape.tensor_shape_value) if shape else None,
        kind,
    )


def shape_of(shape: Any) -> tuple[int | None, ...] | None:
    """A shape, as the description has it."""
    return None if shape.unknown_rank else tuple(dim.size if dim.size >= 0 else None for dim in shape.dim)


def _metadata(path: Path) -> str:
    """The root's metadata, which Keras keeps in a file of its own since 2.5; "" where there is none."""
    if not path.exists():
        return ""
    saved = messages.parse(messages.KERAS_METADATA, read(path), where=str(path))
    return next((str(node.metadata) for node in saved.nodes if node.node_id == 0), "")


def _arguments(spec: Any) -> Iterator[str]:
    """The names of a function's arguments, as its FullArgSpec was saved."""
    for field in spec.fullargspec.named_tuple_value.values:
        if field.key in ("args", "kwonlyargs"):
            for argument in field.value.list_value.values:
                if argument.string_value and argument.string_value != "self":
                    yield argument.string_value
