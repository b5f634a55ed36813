"""Errors that are about a model: what another release made of it, and ops that no TensorFlow has."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exchange.store import Store
from conformance.explaining.explain import Doubt, Explainer
from conformance.explaining.index import Entry
from conformance.explaining.of_models import exchange_entries, op_entries
from conformance.fixtures import FIXTURES
from conformance.inspecting.op_packages import load_op_packages
from conformance.words import Outcome
from tests.exchange.test_result import exchanged
from tests.explaining.pasted import index


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(index())


def test_an_error_of_an_exchange_says_who_made_it_why_and_where_it_works(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.path("sha256:m").symlink_to(FIXTURES / "tf2-dense" / "model")
    [entry] = exchange_entries(exchanged(store, in_old=Outcome.FAILED))
    assert entry.text == "tensorflow.NotFoundError: Op type not registered 'MatMul' in binary"
    assert [(met.where, met.releases) for met in entry.met] == [("a model made by 2.4 to 2.15", "2.4")]
    assert [cause.cause for cause in entry.causes] == ["the op MatMul is not registered"]
    assert [(one.do, one.releases) for one in entry.instead] == [("Use it in TensorFlow 2.15.", "2.15")]
    assert exchange_entries(exchanged(store)) == ()


@pytest.mark.parametrize(
    ("text", "cause", "do"),
    [
        (
            "Op type not registered 'SentencepieceOp' in binary running on 5f3a1b. Make sure the Op and Kernel are",
            "the op is one of tensorflow-text",
            "Install tensorflow-text in the version of your TensorFlow, and `import tensorflow_text` before the model"
            " is loaded.",
        ),
        (
            "NotFoundError: Op type not registered 'TFText>RoundRobinTrim' in binary running on 5f3a1b. Make sure the",
            "the op is one of tensorflow-text",
            "Install tensorflow-text in the version of your TensorFlow, and `import tensorflow_text` before the model"
            " is loaded.",
        ),
        (
            "NotFoundError: Op type not registered 'DisableCopyOnRead' in binary running on my-server. Make sure the Op"
            " and Kernel are registered in the binary running in this process.",
            "the op DisableCopyOnRead is not registered",
            "Use it in TensorFlow 2.10 to nightly.",
        ),
        (
            "FileNotFoundError: Op type not registered 'DisableCopyOnRead' in binary running on server-1.",
            "the op DisableCopyOnRead is not registered",
            "Use it in TensorFlow 2.10 to nightly.",
        ),
        (
            "ValueError: NodeDef mentions attr 'debug_name' not in Op<name=VarHandleOp; signature= -> resource",
            "the op VarHandleOp has no attribute debug_name",
            "Use it in TensorFlow 2.10 to nightly.",
        ),
    ],
)
def test_an_error_of_a_model_is_found(explainer: Explainer, text: str, cause: str, do: str) -> None:
    match = explainer.explain(text).match
    assert match is not None
    assert [one.cause for one in match.causes] == [cause]
    assert match.instead[0].do == do


def test_each_op_of_a_package_has_an_entry() -> None:
    packages = load_op_packages()
    assert len(op_entries(packages)) == 1 + sum(len(one.ops) for one in packages)


@pytest.mark.parametrize(
    ("pasted", "known"),
    [
        (
            "urllib.error.URLError: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable"
            " to get local issuer certificate (_ssl.c:1108)>",
            "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
            " certificate (_ssl.c:1091)",
        ),
        (
            "ImportError: cannot import name 'Session' from 'tensorflow' (/usr/lib/tensorflow/__init__.py)",
            "AttributeError: module 'tensorflow' has no attribute 'Session'",
        ),
        (
            "TypeError: signature_wrapper(*, input_ids) missing required arguments: input_ids",
            "TypeError: pruned(inputs) missing required arguments: inputs",
        ),
    ],
)
def test_what_is_said_in_two_ways_is_one_error(pasted: str, known: str) -> None:
    explanation = Explainer([Entry(known, (known.partition(":")[0],), ("tensorflow",))]).explain(pasted)
    assert explanation.match is not None
    assert explanation.doubt in (Doubt.NONE, Doubt.COMMON)


def test_a_keras_2_of_another_tensorflow_is_answered_with_the_right_one(explainer: Explainer) -> None:
    missing = "has no attribute 'register_load_context_function'"
    pasted = f"AttributeError: module 'tensorflow._api.v2.compat.v2.__internal__' {missing}"
    match = explainer.explain(pasted).match
    assert match is not None
    assert "tf-keras" in match.instead[0].do or "tf_keras" in match.instead[0].do


@pytest.mark.parametrize(
    "rest", ["", " Make sure the Op and Kernel are registered in the binary running in this process."]
)
def test_what_is_known_of_one_op_is_not_said_of_another(explainer: Explainer, rest: str) -> None:
    match = explainer.explain(
        f"NotFoundError: Op type not registered 'MyCustomOp' in binary running on pc-7.{rest}"
    ).match
    assert match is not None
    assert [one.cause for one in match.causes] == ["the op is of another package, or of a newer TensorFlow"]
