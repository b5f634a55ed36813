from __future__ import annotations

import msgspec
import numpy as np
import pytest

from conformance.environments.catalogue import Releases
from conformance.evidence import Error, Record
from conformance.own_models.conclusions import Conclusions, conclusions
from conformance.own_models.results import ModelTrial, tried
from conformance.own_models.text import lines_of
from conformance.own_models.values import PackedOutput, packed
from conformance.running.enclosure import Enclosure
from conformance.words import Outcome
from tests.own_models.making import KERAS3, LAST, LEGACY, OLD, REFUSED, observed, record, unavailable

WORKS = Outcome.WORKS
ONES = np.ones((3, 2), np.float32)


def judged(
    releases: Releases,
    *records: Record,
    values: dict[str, dict[str, object]] | None = None,
    expected: dict[str, PackedOutput] | None = None,
    producer: str = "2.15.0",
) -> tuple[ModelTrial, Conclusions]:
    found = tried(observed(releases, *records, values=values), producer, expected or {}, "--quick", Enclosure.LIMITS)
    return found, conclusions(found, None)


def test_the_sentence_names_releases_that_were_tried_and_no_others(releases: Releases) -> None:
    _, found = judged(
        releases,
        record(OLD, keras_layer=WORKS),
        record(LAST, call=WORKS, tune_by_fit=WORKS),
        record(KERAS3, call=WORKS, tune_by_fit=REFUSED, keras_model=REFUSED),
        record(LEGACY, call=WORKS, tune_by_fit=WORKS),
    )

    assert found.sentence == (
        "Loads and computes in TensorFlow 1.15, 2.15, 2.21; trains in 2.15, and in 2.21 with TF_USE_LEGACY_KERAS=1;"
        " keras.Sequential([hub.KerasLayer(model, trainable=True)]).fit(...) is refused in some;"
        " keras.Sequential([hub.KerasLayer(model)]).predict(...) is refused wherever it was tried."
    )


def test_the_sentence_says_where_only_the_loader_of_tf1_loads_it(releases: Releases) -> None:
    _, found = judged(releases, record(OLD, loader=WORKS, graph_load=REFUSED), record(LAST, call=WORKS))

    assert found.loads == ("1.15", "2.15")
    assert "in 1.15 only by tf.compat.v1.saved_model.loader" in found.sentence


def test_outputs_are_compared_with_the_producers_release(releases: Releases) -> None:
    trial, found = judged(
        releases,
        record(OLD, keras_layer=WORKS),
        record(LAST, call=WORKS),
        record(KERAS3, call=WORKS),
        values={OLD: {"keras_layer": ONES + 1}, LAST: {"call": ONES}, KERAS3: {"call": ONES + 1e-5}},
    )

    assert (trial.reference, trial.reference_is) == (LAST, "its producer's release")
    assert [(call.cell, call.outcome) for call in trial.calls] == [
        (OLD, Outcome.WRONG_VALUES),
        (LAST, WORKS),
        (KERAS3, WORKS),
    ]
    assert found.loads == ("2.15", "2.21")
    assert "some call gives wrong values in 1.15" in found.sentence


def test_else_with_the_oldest_that_computes_it(releases: Releases) -> None:
    trial, _ = judged(releases, record(OLD, keras_layer=REFUSED), record(KERAS3, call=WORKS), producer="2.3.1")

    assert (trial.reference, trial.reference_is) == (KERAS3, "the oldest release tried that computes it")


def test_what_the_user_expects_counts_in_place_of_any_release(releases: Releases) -> None:
    seen = record(LAST, call=WORKS)
    values: dict[str, dict[str, object]] = {LAST: {"call": ONES}}
    trial, found = judged(releases, seen, values=values, expected={"output": packed(ONES * 2)})

    assert found.sentence == "Loads in TensorFlow 2.15, and no call of it gives the right values."
    _, right = judged(releases, seen, values=values, expected={"output": packed(ONES)})
    assert right.sentence.startswith("Loads and computes what is expected in TensorFlow 2.15; ")
    [call] = trial.calls
    assert (trial.reference, call.outcome) == ("", Outcome.WRONG_VALUES)
    assert call.notes == ('the output "output" differs by up to 1',)


def test_a_cause_says_what_worked_instead_and_how_to_install_it(releases: Releases) -> None:
    _, found = judged(
        releases, record(KERAS3, call=WORKS, tune_by_fit=REFUSED), record(LEGACY, call=WORKS, tune_by_fit=WORKS)
    )

    [cause] = found.causes
    assert (cause.outcome, cause.blame, cause.releases) == (Outcome.REJECTED, "keras", ("2.21",))
    [instead] = cause.instead
    assert (instead.cell, instead.variables) == (LEGACY, ("TF_USE_LEGACY_KERAS=1",))
    assert instead.install == ("tensorflow-cpu==2.21.1", "tensorflow-hub==0.16.1", "tf-keras==2.21.0")


def test_no_advice_without_a_call_that_worked_there(releases: Releases) -> None:
    _, found = judged(releases, record(KERAS3, tune_by_fit=REFUSED), record(LAST, tune_by_fit=WORKS))

    assert found.causes[0].instead == ()


def test_a_cell_that_could_not_be_built_is_no_release_that_loads(releases: Releases) -> None:
    trial, found = judged(releases, unavailable(LAST, "no interpreter"), record(KERAS3, call=WORKS))

    assert found.loads == ("2.21",)
    assert "does not load" not in found.sentence
    assert any("no interpreter" in line for line in lines_of(trial, found))


def test_a_model_of_which_nothing_was_seen_is_said_to_be_untried(releases: Releases) -> None:
    _, found = judged(releases, unavailable(LAST, "no interpreter"))

    assert found.sentence == "Nothing could be tried."


def test_inputs_that_the_model_takes_nowhere_are_no_fault_of_a_release(releases: Releases) -> None:
    refuses = Error("tensorflow.python.framework.errors_impl.InvalidArgumentError", "assertion failed", "tensorflow")
    trial, found = judged(releases, record(LAST, call=refuses), record(KERAS3, call=refuses))

    assert [call.outcome for call in trial.calls] == [Outcome.BLOCKED] * 2
    assert "--inputs" in found.causes[0].text
    for text in (
        "ValueError: callback pyfunc_0 is not found",
        "Could not find callback with key=pyfunc_0 in the registry",
    ):
        trial, _ = judged(releases, record(LAST, call=msgspec.structs.replace(refuses, message=text)))
        assert [call.outcome for call in trial.calls] == [Outcome.FAILED]
    trial, _ = judged(releases, record(LAST, call=WORKS), record(KERAS3, call=refuses))
    assert [call.outcome for call in trial.calls] == [WORKS, Outcome.FAILED]


def test_what_fits_into_a_keras_model_is_recommended_first(releases: Releases) -> None:
    _, found = judged(releases, record(KERAS3, signature=WORKS, call=WORKS, tfsm_layer=WORKS, keras_model=REFUSED))

    assert found.causes[0].instead[0].call == "keras.layers.TFSMLayer(model)(...)"


@pytest.mark.parametrize(
    "message",
    [
        "the weights are finite after the step: got others",
        "a step of training moves weights: got none of 2 moved",
    ],
)
def test_training_that_works_nowhere_on_our_inputs_is_no_fault_of_a_release(message: str, releases: Releases) -> None:
    fails = Error("WrongValues", message, "probe")
    trial, found = judged(releases, record(LAST, call=WORKS, tune_by_tape=fails))
    assert [call.outcome for call in trial.calls] == [WORKS, Outcome.BLOCKED]
    assert "give others with --inputs" in found.causes[0].text

    trial, _ = judged(releases, record(LAST, tune_by_tape=fails), record(KERAS3, tune_by_tape=WORKS))
    assert [call.outcome for call in trial.calls] == [Outcome.FAILED, WORKS]


def test_inputs_that_it_takes_nowhere_are_not_said_to_be_calls_that_do_not_work(releases: Releases) -> None:
    refuses = Error("tensorflow.python.framework.errors_impl.InvalidArgumentError", "no image", "tensorflow")
    absent = Error("FileNotFoundError", "Op type not registered 'DisableCopyOnRead'", "tensorflow")
    _, found = judged(releases, record(OLD, keras_layer=absent), record(LAST, call=refuses))

    assert found.sentence == (
        "Could not be tried in 2.15 on inputs made from its signatures: give others with --inputs; no call of it works"
        " in 1.15."
    )
    _, found = judged(releases, record(LAST, call=absent, keras_layer=Outcome.BLOCKED))
    assert found.sentence == "No call of it works in any of the releases that were tried (2.15)."


def test_a_model_without_anything_to_call_is_said_to_be_one(releases: Releases) -> None:
    nothing = msgspec.structs.replace(observed(releases, record(LAST)), forms=())
    trial = tried(nothing, "2.15.0", {}, "--quick", Enclosure.LIMITS)

    assert conclusions(trial, None).sentence.startswith("Nothing of it can be called: it has no signature")
