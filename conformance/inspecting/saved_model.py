"""Reads the folder of one SavedModel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf import text_format

from conformance.inspecting import messages
from conformance.inspecting.description import Asset, Description, MetaGraph, ModelFormat, Signature, TensorSpec
from conformance.inspecting.files import ModelFileError, read, size_of
from conformance.inspecting.graphs import MADE_FOR_SAVING, GraphNeeds, needs_of
from conformance.inspecting.objects import RootObject, composite, shape_of
from conformance.inspecting.strings import texts_of
from conformance.inspecting.variables import NOTHING, stored_variables

BINARY, TEXT = "saved_model.pb", "saved_model.pbtxt"

_HUB_MODULE = "tfhub_module.pb"
_LARGEST_TEXT = 256 * 1024**2  # bytes; a text takes some 50 times as much to read
_VARIABLES, _TRAINABLE, _ASSETS = "variables", "trainable_variables", "saved_model_assets"  # collections


class ReadModel(msgspec.Struct, frozen=True):
    """A model that was read: what it is, and what loading it asks for, per graph."""

    description: Description
    needs: tuple[GraphNeeds, ...]


def is_saved_model(folder: Path) -> bool:
    """Whether the folder is one of a SavedModel."""
    return (folder / BINARY).exists() or (folder / TEXT).exists()


def read_saved_model(folder: Path) -> ReadModel:
    """Reads what the files say."""
    path, saved = _saved_model(folder)
    if not saved.meta_graphs:
        raise ModelFileError("has no graph.", where=str(path))
    first = saved.meta_graphs[0]
    root = RootObject(first.object_graph_def) if first.HasField("object_graph_def") else None
    faults: list[str] = []
    try:
        variables, found = stored_variables(folder)
        faults += found
    except ModelFileError as error:
        variables = NOTHING
        faults.append(f"variables/variables.index {error.what}")
    if variables is NOTHING and not faults and _has_variables(root, saved.meta_graphs):
        faults.append("variables/variables.index is missing, and the model has variables.")
    assets = tuple(_assets(folder, saved.meta_graphs))
    faults += [f"assets/{asset.name} is missing." for asset in assets if asset.bytes is None]
    trainable = root.trainable if root else _trainable_of_collections(saved.meta_graphs)
    description = Description(
        format=_format(folder, root),
        tensorflow=first.meta_info_def.tensorflow_version,
        tensorflow_git=first.meta_info_def.tensorflow_git_version,
        graphs=tuple(_meta_graph(graph) for graph in saved.meta_graphs),
        callables=tuple(root.callables()) if root else (),
        training=_training(root, saved.meta_graphs),
        reusable=root.reusable if root else False,
        variables=msgspec.structs.replace(variables, trainable=trainable),
        assets=assets,
        keras=root.keras(folder) if root else None,
        faults=tuple(faults),
        texts=texts_of(saved.meta_graphs),
    )
    return ReadModel(description, tuple(needs_of(graph, where=str(path)) for graph in saved.meta_graphs))


def _saved_model(folder: Path) -> tuple[Path, Any]:
    path = folder / BINARY
    if path.exists():
        return path, messages.parse(messages.SAVED_MODEL, read(path), where=str(path))
    path = folder / TEXT
    try:
        text = read(path, limit=_LARGEST_TEXT).decode()
        return path, text_format.Parse(text, messages.message_class(messages.SAVED_MODEL)())
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise ModelFileError(f"is damaged ({str(error)[:200]}).", where=str(path)) from error


def _format(folder: Path, root: RootObject | None) -> ModelFormat:
    if root:
        return root.format
    return ModelFormat.TF1_HUB if (folder / _HUB_MODULE).exists() else ModelFormat.V1_SAVEDMODEL


def _training(root: RootObject | None, graphs: Iterable[Any]) -> str:
    if root:
        called = next((one for one in root.callables() if one.name == "__call__"), None)
        return "argument" if called and "training" in called.arguments else ""
    return "tags" if any("train" in graph.meta_info_def.tags for graph in graphs) else ""


def _has_variables(root: RootObject | None, graphs: Iterable[Any]) -> bool:
    return root.has_variables if root else any(_VARIABLES in graph.collection_def for graph in graphs)


def _trainable_of_collections(graphs: Iterable[Any]) -> int | None:
    """How many variables the graph with the most of them says can be trained; None where none says anything."""
    counts = [
        len({_full_name(raw) for raw in graph.collection_def[_TRAINABLE].bytes_list.value})
        for graph in graphs
        if _TRAINABLE in graph.collection_def
    ]
    return max(counts, default=None)


def _full_name(raw: bytes) -> str:
    """The name of the variable that a VariableDef speaks of, or of the one that it is a part of."""
    variable = messages.parse(messages.VARIABLE, raw, where=_TRAINABLE)
    return str(variable.save_slice_info_def.full_name or variable.variable_name)


def _meta_graph(graph: Any) -> MetaGraph:
    return MetaGraph(
        tags=tuple(graph.meta_info_def.tags),
        signatures=tuple(
            Signature(name, tuple(_tensors(one.inputs)), tuple(_tensors(one.outputs)))
            for name, one in sorted(graph.signature_def.items())
            if name not in MADE_FOR_SAVING
        ),
        producer=graph.graph_def.versions.producer,
        min_consumer=graph.graph_def.versions.min_consumer,
        nodes=len(graph.graph_def.node) + sum(len(one.node_def) for one in graph.graph_def.library.function),
        functions=len(graph.graph_def.library.function),
    )


def _tensors(infos: Any) -> Iterator[TensorSpec]:
    for name, info in sorted(infos.items()):
        if info.WhichOneof("encoding") == "composite_tensor":
            yield composite(info.composite_tensor.type_spec, name)
        else:
            kind = "sparse" if info.WhichOneof("encoding") == "coo_sparse" else "dense"
            yield TensorSpec(name, messages.data_type(info.dtype), shape_of(info.tensor_shape), kind)


def _assets(folder: Path, graphs: Iterable[Any]) -> Iterator[Asset]:
    names = dict.fromkeys(asset.filename for graph in graphs for asset in asset_files(graph))
    home = folder / "assets"
    for name in names:
        if not name or name.startswith("/") or ".." in Path(name).parts or "\0" in name:
            raise ModelFileError(f"names the asset {name!r}, which lies outside of the model.", where=str(folder))
        try:
            yield Asset(name, size_of(home / name))
        except ModelFileError:
            yield Asset(name, None)


def asset_files(graph: Any) -> Iterator[Any]:
    """The AssetFileDef messages of a graph; TF1 keeps them in a collection."""
    yield from graph.asset_file_def
    if _ASSETS in graph.collection_def:
        for one in graph.collection_def[_ASSETS].any_list.value:
            yield messages.parse(messages.ASSET_FILE, one.value, where=_ASSETS)
