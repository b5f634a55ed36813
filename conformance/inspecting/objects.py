"""What the object graph of a model tells: what can be called, what can be trained, what Keras left there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from conformance.inspecting import messages
from conformance.inspecting.description import Callable, ModelFormat, SavedKeras
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
    def trainable(self) -> int:
        """How many variables can be trained."""
        return sum(node.variable.trainable for node in self.graph.nodes if node.WhichOneof("kind") == "variable")

    def callables(self) -> Iterator[Callable]:
        """The functions among its attributes, in the order of their names."""
        for name, number in sorted(self.children.items()):
            node = self.graph.nodes[number]
            if node.WhichOneof("kind") == "function":
                yield Callable(name, tuple(_arguments(node.function.function_spec)))

    def keras(self, folder: Path) -> SavedKeras | None:
        """What Keras left; None where the root is no object of Keras 2.

        Raises:
            ModelFileError: its file of metadata is damaged.
        """
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
