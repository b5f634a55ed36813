from __future__ import annotations

import msgspec
import pytest

from conformance.inspecting.description import Callable, Description, Signature, TensorSpec
from conformance.own_models.forms import CALLS, forms_of
from conformance.words import Keras, Mode
from tests.own_models.making import described


def kinds(description: Description, mode: Mode, keras: Keras) -> list[str]:
    return sorted({form.kind for form in forms_of(description) if mode in form.modes and keras in form.keras})


@pytest.mark.parametrize(
    ("model", "mode", "keras", "expected"),
    [
        ("tf1-dense", Mode.TF1, Keras.BUNDLED, ["graph_load", "hub_module", "tune_module"]),
        ("tf1-dense", Mode.TF2, Keras.BUNDLED, ["keras_layer", "keras_model", "saved_again", "signature"]),
        ("tf2-plain", Mode.TF2, Keras.KERAS3, ["keras_layer", "saved_again", "signature", "tfsm_layer"]),
        ("tf2-encoder", Mode.TF2, Keras.BUNDLED, ["call", "keras_layer"]),
        ("tf2-keras", Mode.TF1_COMPAT, Keras.BUNDLED, ["graph_load", "keras_layer", "loader"]),
    ],
)
def test_which_calls_apply(model: str, mode: Mode, keras: Keras, expected: list[str]) -> None:
    found = kinds(described(model), mode, keras)

    assert [kind for kind in found if not kind.startswith("tune_by")] == expected


def test_only_keras_3_has_tfsm_layers() -> None:
    dense = described("tf2-dense")

    tfsm = {"tfsm_layer", "tune_by_tfsm_fit"}
    assert tfsm <= set(kinds(dense, Mode.TF2, Keras.KERAS3))
    assert tfsm.isdisjoint(kinds(dense, Mode.TF2, Keras.LEGACY))


def test_a_model_of_several_outputs_is_put_into_no_sequential() -> None:
    keras = described("tf2-keras")
    graph = keras.graphs[0]
    [signature] = graph.signatures
    two = msgspec.structs.replace(signature, outputs=signature.outputs * 2)
    several = msgspec.structs.replace(keras, graphs=(msgspec.structs.replace(graph, signatures=(two,)),))

    in_sequential = {"keras_model", "tune_by_fit"}
    assert in_sequential <= set(kinds(keras, Mode.TF2, Keras.BUNDLED))
    assert in_sequential.isdisjoint(kinds(several, Mode.TF2, Keras.BUNDLED))


def test_a_model_of_a_scalar_is_put_into_no_sequential() -> None:
    dense = described("tf1-dense")
    [signature] = dense.graphs[0].signatures
    scalar = msgspec.structs.replace(signature, inputs=(TensorSpec("x", "float32", ()),))
    graph = msgspec.structs.replace(dense.graphs[0], signatures=(scalar,))

    assert "keras_model" not in kinds(msgspec.structs.replace(dense, graphs=(graph,)), Mode.TF2, Keras.BUNDLED)


def test_a_training_graph_is_tried_by_itself() -> None:
    forms = forms_of(described("tf1-batchnorm"))

    assert {form.tags for form in forms if form.kind == "hub_module"} == {(), ("train",)}
    assert [form.tags for form in forms if form.kind == "tune_module"] == [("train",)]


def test_names_that_are_markup_or_alike_become_plain_and_different_ids() -> None:
    dense = described("tf1-dense")
    takes = (TensorSpec("x", "float32", (None, 3)),)
    strange = tuple(Signature(name, takes, takes) for name in ("<b>[x]\n", "<b>(x)", "a" * 200, "{signature}"))
    graph = msgspec.structs.replace(dense.graphs[0], signatures=strange)
    forms = forms_of(msgspec.structs.replace(dense, graphs=(graph,)))

    ids = [form.id for form in forms if form.kind == "signature"]
    assert len(set(ids)) == 4
    assert all(len(one) < 70 and one.replace("-", "").isalnum() for one in ids)
    assert (
        next(form.call for form in forms if form.kind == "signature") == 'hub.load(model).signatures["<b>[x]\n"](...)'
    )


def test_each_kind_has_its_probe_and_no_probe_is_without_a_kind() -> None:
    source = (
        described.__globals__["FIXTURES"].parents[1] / "conformance/inside/own_model/test_own_model.py"
    ).read_text()

    assert {
        line[len("def test_") :].split("(")[0] for line in source.splitlines() if line.startswith("def test_")
    } == set(CALLS)


def test_an_endpoint_that_can_be_called_is_the_one_of_a_tfsm_layer() -> None:
    plain = described("tf2-dense")
    [graph] = plain.graphs
    x = TensorSpec("x", "float32", (None, 2))
    signatures = tuple(Signature(name, (x,), ()) for name in ("serve", "serving_default"))
    exported = msgspec.structs.replace(
        plain,
        graphs=(msgspec.structs.replace(graph, signatures=signatures),),
        callables=(Callable("serve", ("args_0",), (x,)),),
    )

    by_kind = {form.kind: form.signature for form in forms_of(exported)}
    assert (by_kind["tfsm_layer"], by_kind["keras_layer"]) == ("serve", "serving_default")
