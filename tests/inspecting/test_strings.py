"""What the texts are that a model takes."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.inspecting.description import Content, ExampleFeature
from conformance.inspecting.strings import texts_of
from tests.inspecting.making import saved_model

FLOAT, STRING, INT64 = 1, 7, 9  # of tensorflow.DataType


def test_plain_texts_are_sentences() -> None:
    assert texts_of(saved_model({"op": "StringLower"}).meta_graphs).content is Content.SENTENCE


@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.parametrize("op", ["DecodeJpeg", "DecodePng", "DecodeImage"])
def test_a_model_that_decodes_images_takes_images(op: str, objects: bool) -> None:
    assert texts_of(saved_model({"op": op}, objects=objects).meta_graphs).content is Content.IMAGE


def constant(nodes: Any, name: str, *texts: bytes) -> str:
    node = nodes.add(name=name, op="Const")
    node.attr["value"].tensor.string_val.extend(texts)
    return name


def sizes(node: Any, *shapes: tuple[int, ...]) -> None:
    for shape in shapes:
        into = node.attr["dense_shapes"].list.shape.add()
        for size in shape:
            into.dim.add(size=size)


FEATURES = (ExampleFeature("word", "string", 2), ExampleFeature("x", "float32", 6), ExampleFeature("n", "int64", 3))


def test_features_of_parse_example_v2_are_in_vectors() -> None:
    saved = saved_model({"op": "NoOp"}, objects=True)
    nodes = saved.meta_graphs[0].graph_def.library.function[0].node_def
    inputs = ["examples", constant(nodes, "names"), constant(nodes, "s", b"word") + ":output:0"]
    inputs += [constant(nodes, "d", b"x", b"n") + ":output:0"]
    node = nodes.add(name="parse", op="ParseExampleV2", input=inputs)
    node.attr["sparse_types"].list.type.append(STRING)
    node.attr["Tdense"].list.type.extend([FLOAT, INT64])
    sizes(node, (2, 3), (-1,))

    texts = texts_of(saved.meta_graphs)
    assert (texts.content, texts.features) == (Content.EXAMPLE, FEATURES)


def test_features_of_parse_example_are_an_input_each() -> None:
    saved = saved_model({"op": "DecodeJpeg"})
    nodes = saved.meta_graphs[0].graph_def.node
    inputs = ["examples", constant(nodes, "names"), constant(nodes, "s0", b"word")]
    inputs += [constant(nodes, "d0", b"x"), constant(nodes, "d1", b"n"), "default_x", "default_n"]
    node = nodes.add(name="parse", op="ParseExample", input=inputs)
    node.attr["Nsparse"].i, node.attr["Ndense"].i = 1, 2
    node.attr["sparse_types"].list.type.append(STRING)
    node.attr["Tdense"].list.type.extend([FLOAT, INT64])
    sizes(node, (2, 3), (-1,))

    texts = texts_of(saved.meta_graphs)
    assert (texts.content, texts.features, texts.images) == (Content.EXAMPLE, FEATURES, True)


def test_features_of_parse_single_example_are_attributes() -> None:
    saved = saved_model({"op": "ParseSingleExample"})
    [node] = saved.meta_graphs[0].graph_def.node
    node.attr["sparse_keys"].list.s.append(b"word")
    node.attr["sparse_types"].list.type.append(STRING)
    node.attr["dense_keys"].list.s.extend([b"x", b"n"])
    node.attr["Tdense"].list.type.extend([FLOAT, INT64])
    sizes(node, (2, 3), (-1,))

    assert texts_of(saved.meta_graphs).features == FEATURES


@pytest.mark.parametrize("op", ["ParseExample", "ParseExampleV2"])
def test_keys_that_are_no_constants_are_no_features(op: str) -> None:
    saved = saved_model({"op": op})
    saved.meta_graphs[0].graph_def.node[0].input.extend(["examples", "names", "elsewhere"])

    texts = texts_of(saved.meta_graphs)
    assert (texts.content, texts.features) == (Content.SENTENCE, ())
