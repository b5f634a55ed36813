from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance.bisecting.question import Finding, Question, ask_about, ask_about_use
from conformance.claims.catalogue import load_claims
from conformance.errors import UsageError
from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Record, Unavailable
from conformance.evidence import Tested as Claimed
from conformance.exchange.store import ModelClass, Store
from conformance.judging.verdicts import SEVERITY
from conformance.words import Keras, Mode, Outcome, Standing
from tests.trial.cases import write_record

CLAIMS = load_claims()
CLAIM = "tf2-savedmodel.load.tf2.hub-load"


@cache
def about(what: str, mode: Mode = Mode.TF2) -> Question:
    return ask_about(what, mode, CLAIMS)


def record(tmp_path: Path, **outcomes: str) -> Record:
    """A whole record, in which every probe is a literal one of CLAIM."""
    return write_record(tmp_path / "record.jsonl", {f"module.{probe}": outcome for probe, outcome in outcomes.items()})


def finding(question: Question, record: Record) -> Finding:
    answer = question.answer(record)
    assert isinstance(answer, Finding), answer
    return answer


def test_the_worst_of_the_literal_probes_answers(tmp_path: Path) -> None:
    found = finding(about(CLAIM), record(tmp_path, a="works", b="rejected", c="works"))

    assert found.outcome is Outcome.REJECTED
    assert found.probes == {"module.a": "works", "module.b": "rejected", "module.c": "works"}
    assert str(found) == "rejected (1 of 3 probes)"


def test_implied_probes_do_not_answer_for_a_claim() -> None:
    question = about(CLAIM)
    literal = Observation("a", (Claimed(CLAIM, Standing.LITERAL),), "", Outcome.WORKS, None, (), 0.1)
    implied = Observation("b", (Claimed(CLAIM, Standing.IMPLIED),), "", Outcome.FAILED, None, (), 0.1)

    assert finding(question, whole(literal, implied)).outcome is Outcome.WORKS


def whole(*observations: Observation, unavailable: Unavailable | None = None) -> Record:
    """A record in which nothing is missing."""
    header = Header(SCHEMA, "tf2.15-hub0.16-tf2", "tf2.15-hub0.16", Mode.TF2, Keras.BUNDLED, "", "", "abc")
    plan = tuple(one.probe for one in observations)
    return Record(Path("a.jsonl"), header, None, plan, observations, unavailable, Footer(len(plan), 1.0, 1.0, ""))


def test_only_the_probes_that_were_named_answer(tmp_path: Path) -> None:
    question = about("tf2_savedmodel_load.hub_load*")
    names = {"tf2_savedmodel_load.hub_load[tf2-dense]": "works", "tf2_savedmodel_load.other": "failed"}

    assert finding(question, write_record(tmp_path / "record.jsonl", names)).outcome is Outcome.WORKS


def test_the_error_of_the_worst_is_reported_in_one_line() -> None:
    error = Error("ValueError", "first line\nsecond line", "keras")
    failed = Observation("a", (Claimed(CLAIM, Standing.LITERAL),), "", Outcome.FAILED, error, (), 0.1)

    found = finding(about(CLAIM), whole(failed))

    assert found.error == "ValueError: first line"
    assert found.error_class == "ValueError"


def test_the_same_outcome_by_another_error_is_not_alike() -> None:
    one, other = (Finding(Outcome.FAILED, error, {}) for error in ("ValueError: a", "TypeError: a"))

    assert one.is_like(Finding(Outcome.FAILED, "ValueError: of another text", {}))
    assert not one.is_like(other)


def test_a_cell_that_shows_nothing_says_why(tmp_path: Path) -> None:
    question = about(CLAIM)

    assert question.answer(whole(unavailable=Unavailable("import", "it has an error", "..."))) == "it has an error."
    no_wheel = Unavailable("install", "no set of packages.", "error: No solution\n  cause: tensorflow has no wheel")
    assert question.answer(whole(unavailable=no_wheel)) == (
        "no set of packages. error: No solution cause: tensorflow has no wheel"
    )
    assert "no probe answers" in str(question.answer(whole()))
    cut_short = write_record(tmp_path / "a.jsonl", {"module.a": "works"}, plan=("module.a", "module.b"))
    assert "cut short" in str(question.answer(cut_short))
    assert "blocked" in str(question.answer(record(tmp_path, a="works", b="blocked")))


def test_every_outcome_has_its_place_in_the_order() -> None:
    assert set(SEVERITY) == set(Outcome)


def test_a_claim_is_asked_of_every_tensorflow_and_by_itself() -> None:
    (claim,) = about("tf2-savedmodel.fine-tune.tf1.estimator", Mode.TF1_COMPAT).catalogue.claims

    assert claim.id == "tf2-savedmodel.fine-tune.tf1.estimator"
    assert claim.applies_to("1.13.2", Mode.TF1_COMPAT)
    assert claim.applies_to("2.16.0rc0", Mode.TF1_COMPAT)


def test_a_module_may_answer_if_a_probe_of_it_may_be_meant() -> None:
    question = about("tf2_savedmodel_load.hub_load*")

    assert question.may_be_answered_by("tf2_savedmodel_load")
    assert not question.may_be_answered_by("tf1_hub_load")
    assert about("*hub_load*").may_be_answered_by("tf1_hub_load")
    assert about("tf?_*").may_be_answered_by("tf1_hub_load")
    assert about(CLAIM).may_be_answered_by("tf1_hub_load")  # the keys of a claim know its modules


@pytest.mark.parametrize(
    ("what", "mode", "shown"),
    [
        ("tf2_savedmodel_load.hub_laod", Mode.TF2, 'Perhaps you meant "tf2_savedmodel_load.hub_load'),
        ("tf2-savedmodel.load.tf2.hub-laod", Mode.TF2, 'Perhaps you meant "tf2-savedmodel.load.tf2.hub-load"'),
        (CLAIM, Mode.TF1_COMPAT, "does not speak of the mode tf1-compat"),
    ],
)
def test_what_does_not_exist_is_refused(what: str, mode: Mode, shown: str) -> None:
    with pytest.raises(UsageError, match=shown):
        about(what, mode)


def test_a_use_of_a_model_of_the_store_is_asked_about_with_that_model_alone(tmp_path: Path) -> None:
    model = ModelClass("tf2-dense-0a1b2c3d", "tf2-dense", "form:0a1b2c3d", "sha256:m", 10, ("tf2.15-hub0.16-tf2",))
    other = ModelClass("tf2-text-0a1b2c3d", "tf2-text", "form:0a1b2c3d", "sha256:n", 10, ("tf2.15-hub0.16-tf2",))
    name = "consume.values[tf2-dense-0a1b2c3d]"
    question = ask_about_use(name, Store(tmp_path), [model, other], CLAIMS)
    assert question.used
    assert [(one.id, one.path) for one in question.used.models] == [(model.id, str(tmp_path / "m"))]
    observed = Observation(name, (), "", Outcome.WORKS, None, (), 0.1)
    assert finding(question, whole(observed)).outcome is Outcome.WORKS
    with pytest.raises(UsageError, match=r'Perhaps you meant "consume.values\[tf2-dense-0a1b2c3d\]"'):
        ask_about_use("consume.values[tf2-dense-0a1b2c]", Store(tmp_path), [model, other], CLAIMS)
