"""The sentences and rows about a model in a terminal, for what the fixtures do not have."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.inspecting.description import Content, ExampleFeature, Signature, TensorSpec, Texts
from conformance.inspecting.inspection import Inspection, KnownOfRelease, load_inspector
from conformance.inspecting.loading import Loads, Obstacle, ObstacleCause
from conformance.inspecting.locating import FoundModel
from conformance.inspecting.text import fact_rows, lines_of, one_line, sentence, static_answer_rows, tensor_text
from conformance.running.places import default_places
from tests.inspecting.making import DENSE

NEW_OP = Obstacle(ObstacleCause.MISSING_OP, ("serve",), "Tokenize", "", "op Tokenize", package="tensorflow_text")


@pytest.fixture(scope="module")
def dense() -> Inspection:
    return load_inspector(default_places().baseline).inspect(FoundModel("dense", Path(DENSE)))


def answer(
    release: str, loads: Loads, *obstacles: Obstacle, session: bool = False, refused: bool = False
) -> KnownOfRelease:
    return KnownOfRelease(
        release=release,
        tensorflow=f"{release}.0",
        loads=loads,
        obstacles=obstacles,
        only_in_session=session,
        refused=refused,
    )


@pytest.mark.parametrize(
    ("releases", "said"),
    [
        ([Loads.NO, Loads.NO], "It cannot load in any of the releases that were looked at."),
        (
            [Loads.NOTHING_AGAINST, Loads.NOTHING_AGAINST],
            "Nothing speaks against loading it in any of the releases that were looked at.",
        ),
        (
            [Loads.NO, Loads.NOTHING_AGAINST],
            "Nothing speaks against loading it in TensorFlow 2.1; in the others it cannot load.",
        ),
        (
            [Loads.NOTHING_AGAINST, Loads.IN_PART],
            "Nothing speaks against loading it in TensorFlow 2.0; it loads in part in 2.1.",
        ),
        ([Loads.NO, Loads.IN_PART], "It loads in part in TensorFlow 2.1; in the others it cannot load."),
    ],
)
def test_the_sentence(dense: Inspection, releases: list[Loads], said: str) -> None:
    known = tuple(answer(f"2.{minor}", loads) for minor, loads in enumerate(releases))

    assert sentence(msgspec.structs.replace(dense, releases=known)) == said


def test_the_sentence_where_only_the_loader_of_tf1_may_load_it(dense: Inspection) -> None:
    known = (answer("2.0", Loads.IN_PART, session=True), answer("2.1", Loads.NOTHING_AGAINST))

    assert sentence(msgspec.structs.replace(dense, releases=known)) == (
        "Nothing speaks against loading it in TensorFlow 2.1; nothing but tf.compat.v1.saved_model.loader may load it"
        " in 2.0."
    )


def test_files_that_are_damaged_come_first(dense: Inspection) -> None:
    damaged = msgspec.structs.replace(
        dense, description=msgspec.structs.replace(dense.description, faults=("variables.index is missing",))
    )

    assert sentence(damaged) == "Its files are incomplete or damaged, so it will load nowhere as it should."
    assert ("damaged", "variables.index is missing") in list(fact_rows(damaged))


def test_releases_of_which_the_same_is_said_share_a_row_with_the_reasons(dense: Inspection) -> None:
    many = [msgspec.structs.replace(NEW_OP, detail=f"op Tokenize{number}") for number in range(5)]
    sparse = Obstacle(ObstacleCause.SPARSE_SIGNATURE, ("serve",), "", "", "a sparse signature")
    known = (
        answer("2.0", Loads.NO, *many, refused=True),
        answer("2.1", Loads.IN_PART, NEW_OP),
        answer("2.2", Loads.IN_PART, NEW_OP),
        answer("2.3", Loads.IN_PART, sparse, session=True),
        answer("2.4", Loads.NOTHING_AGAINST, refused=True),
    )

    assert list(static_answer_rows(msgspec.structs.replace(dense, releases=known))) == [
        (
            "2.0",
            "cannot load: no call loaded a model of this format there; op Tokenize0 (tensorflow_text brings it);"
            " op Tokenize1 (tensorflow_text brings it); op Tokenize2 (tensorflow_text brings it); and 2 more, see"
            " model.json",
        ),
        ("2.1 to 2.2", "loads in part: op Tokenize (tensorflow_text brings it)"),
        (
            "2.3",
            "hub.load cannot load it, while nothing speaks against tf.compat.v1.saved_model.loader in a session:"
            " a sparse signature",
        ),
        ("2.4", "cannot load: no call loaded a model of this format there"),
    ]


def test_ops_that_nobody_registers_are_named_with_what_brings_them(dense: Inspection) -> None:
    rows = list(fact_rows(msgspec.structs.replace(dense, custom_ops={"Tokenize": "tensorflow_text", "Mine": ""})))

    assert rows[-2:] == [
        ("custom op", "Tokenize: tensorflow_text brings it"),
        ("custom op", "Mine: no package that we know brings it"),
    ]


def test_of_many_signatures_and_tensors_the_first_are_shown(dense: Inspection) -> None:
    tensors = tuple(TensorSpec(f"x{number}", "float32", None) for number in range(14))
    signatures = tuple(Signature(f"s{number}", tensors, ()) for number in range(14))
    graph = msgspec.structs.replace(dense.description.graphs[0], signatures=signatures)
    described = msgspec.structs.replace(dense.description, graphs=(graph,))

    rows = [
        text for word, text in fact_rows(msgspec.structs.replace(dense, description=described)) if word == "signature"
    ]

    assert (len(rows), rows[-1]) == (13, "and 2 more, see model.json")
    assert rows[0].endswith("x11: float32[any shape], and 2 more) -> ()")


def test_a_model_of_which_the_page_says_nothing(dense: Inspection) -> None:
    lines = list(lines_of(msgspec.structs.replace(dense, measured=())))

    assert lines[-1] == "  The page says nothing of models of this format, and the matrix has measured none."


def test_what_stands_above_is_not_repeated(dense: Inspection) -> None:
    assert (
        list(lines_of(dense, said=True))[-1]
        == "  What was measured of our own small models of this format stands above."
    )


def test_a_model_that_cannot_be_called_itself_is_read_by_its_signatures(dense: Inspection) -> None:
    described = msgspec.structs.replace(dense.description, callables=())

    text = "\n".join(lines_of(msgspec.structs.replace(dense, description=described)))

    assert "read hub.load(handle).signatures[...] for m(inputs)" in text


def test_foreign_text_is_short_and_in_one_line() -> None:
    assert one_line("a\n\tb\x1b[31m") == one_line("a b\x1b[31m")
    assert "\x1b" not in one_line("\x1b[31m")
    assert one_line("x" * 200) == "x" * 97 + "..."
    assert tensor_text(TensorSpec("x", "int64", (None, 3), "ragged")) == "x: int64[?, 3] ragged"


def test_what_the_texts_are_that_it_takes_is_said_where_it_is_known(dense: Inspection) -> None:
    def said(texts: Texts) -> str:
        described = msgspec.structs.replace(dense.description, texts=texts)
        return dict(fact_rows(msgspec.structs.replace(dense, description=described))).get("texts", "")

    assert said(Texts()) == ""
    assert said(Texts(Content.IMAGE, images=True)) == "it decodes images from their files' contents"
    features = (ExampleFeature("age", "float32", 1), ExampleFeature("word\x1b", "string", 2))
    assert said(Texts(Content.EXAMPLE, features)) == (
        "it reads tf.train.Example messages, with the features age (1 float32), word\ufffd (2 string)"
    )
