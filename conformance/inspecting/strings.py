"""What the texts are that a model takes: its ops say whether it reads them as images or as tf.train.Example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.inspecting import messages
from conformance.inspecting.description import Content, ExampleFeature, Texts

_OF_IMAGES = {"DecodeBmp", "DecodeGif", "DecodeImage", "DecodeJpeg", "DecodeAndCropJpeg", "DecodePng"}
_OF_EXAMPLES = {"ParseExample", "ParseExampleV2", "ParseSingleExample"}
_UNKNOWN_SIZE, _SPARSE_SIZE = 3, 2  # values, where the model takes any number


def texts_of(graphs: Iterable[Any]) -> Texts:
    """What the texts are that the graphs (MetaGraphDefs) take."""
    bodies = [
        nodes
        for graph in graphs
        for nodes in (graph.graph_def.node, *(one.node_def for one in graph.graph_def.library.function))
    ]
    features = {one.name: one for nodes in bodies for one in _features_read_by(nodes)}
    decodes = any(node.op in _OF_IMAGES for nodes in bodies for node in nodes)
    return Texts(
        content=Content.EXAMPLE if features else Content.IMAGE if decodes else Content.SENTENCE,
        features=tuple(features.values()),
        images=decodes,
    )


def _features_read_by(nodes: Iterable[Any]) -> Iterator[ExampleFeature]:
    parsing = [node for node in nodes if node.op in _OF_EXAMPLES]
    constants = {node.name: node for node in nodes if node.op == "Const"} if parsing else {}
    for node in parsing:
        yield from _features(node, constants)


def _features(node: Any, constants: Mapping[str, Any]) -> Iterator[ExampleFeature]:
    """Those that a node of one of these ops reads; each keeps its keys in another place."""
    attributes = node.attr
    if node.op == "ParseSingleExample":
        sparse, dense = list(attributes["sparse_keys"].list.s), list(attributes["dense_keys"].list.s)
    else:
        keys = [_texts(name, constants) for name in node.input[2:]]
        if node.op == "ParseExampleV2":
            sparse, dense = [*keys, [], []][:2]
        else:
            middle = attributes["Nsparse"].i
            of_one = [key[0] if key else b"" for key in keys]
            sparse, dense = of_one[:middle], of_one[middle : middle + attributes["Ndense"].i]
    sizes = [_size(shape) for shape in attributes["dense_shapes"].list.shape]
    yield from _named(sparse, attributes["sparse_types"].list.type, [_SPARSE_SIZE] * len(sparse))
    yield from _named(dense, attributes["Tdense"].list.type, sizes)


def _named(keys: Sequence[bytes], types: Iterable[int], sizes: Iterable[int]) -> Iterator[ExampleFeature]:
    for key, kind, size in zip(keys, types, sizes, strict=False):
        if key:
            yield ExampleFeature(key.decode(errors="replace"), messages.data_type(kind), size)


def _texts(name: str, constants: Mapping[str, Any]) -> list[bytes]:
    """The texts of the constant of that name; none where it is no constant."""
    node = constants.get(name.partition(":")[0])
    return list(node.attr["value"].tensor.string_val) if node is not None else []


def _size(shape: Any) -> int:
    size = 1
    for dimension in shape.dim:
        size *= dimension.size if dimension.size >= 0 else _UNKNOWN_SIZE
    return size
