"""What the observations of a model amount to: the sentence at the top, causes, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import msgspec

from conformance.explaining.explain import Explainer
from conformance.explaining.index import Entry
from conformance.grouping import grouped
from conformance.inspecting.text import spans
from conformance.own_models.results import ModelTrial, TriedCall, TriedCell
from conformance.plain_text import printable, without_machine_paths
from conformance.words import Keras, Operation, Outcome

_LONGEST = 300
_NAMED = 2  # calls that the sentence names of those that end alike
_ON_OURS = "on inputs made from its signatures: give others with --inputs"
# Calls in the order in which they are recommended, those first that fit into a Keras model.
_RECOMMENDED = (
    *("tfsm_layer", "keras_layer", "call", "hub_module", "signature", "graph_load", "loader"),
    *("tune_by_tfsm_fit", "tune_by_fit", "tune_by_optimizer", "tune_by_tape", "tune_module"),
)


class WorkingCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What worked in the same release, in this very run.

    Attributes:
        install: the pins.
        variables: what has to be set: "TF_USE_LEGACY_KERAS=1".
    """

    release: str
    cell: str
    call: str
    install: tuple[str, ...]
    variables: tuple[str, ...]


class FoundCause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason why calls did not work, with all the calls of which it is one.

    Attributes:
        text: the error, or what is wrong with the values.
        blame: the package whose doing it is; "" where nobody is known.
        known: the reviewed causes, and where they were met, where the text is that of a known error.
    """

    outcome: Outcome
    text: str
    blame: str
    known: str
    calls: tuple[str, ...]
    cells: tuple[str, ...]
    releases: tuple[str, ...]
    instead: tuple[WorkingCall, ...]


class Conclusions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it.

    Attributes:
        loads: the releases in which some call computes it as it should; `trains` those in which training moves weights.
        compared: whether there was anything to compare its outputs with.
    """

    sentence: str
    loads: tuple[str, ...]
    trains: tuple[str, ...]
    compared: bool
    causes: tuple[FoundCause, ...]


def conclusions(tried: ModelTrial, explainer: Explainer | None) -> Conclusions:
    """What it amounts to.

    Args:
        explainer: finds the known errors; None where they are not asked.
    """
    loads = _releases_where(tried, lambda call: call.works, Operation.LOAD)
    trains = _releases_where(tried, lambda call: call.works, Operation.FINE_TUNE)
    compared = any(call.differences and call.cell != tried.reference for call in tried.calls)
    return Conclusions(
        sentence=_sentence(tried, loads, compared),
        loads=loads,
        trains=trains,
        compared=compared,
        causes=tuple(_causes(tried, explainer)),
    )


def _sentence(tried: ModelTrial, loads: Sequence[str], compared: bool) -> str:
    known = tried.known_releases
    seen = {tried.cell(call.cell).release for call in tried.calls}
    every = [release for release in tried.releases() if release in seen]
    if not tried.forms:
        return "Nothing of it can be called: it has no signature, and what it loads as cannot be called either."
    if not any(call.outcome is not Outcome.UNAVAILABLE for call in tried.calls):
        return "Nothing could be tried."
    if not loads and all(call.outcome is Outcome.BLOCKED for call in tried.calls):
        return f"Nothing could be tried {_ON_OURS}."
    wrong = _releases_where(tried, lambda call: call.outcome is Outcome.WRONG_VALUES, Operation.LOAD)
    if not loads and wrong:
        return f"Loads in TensorFlow {spans(wrong, known)}, and no call of it gives the right values."
    if not loads:
        untried = _releases_where(tried, lambda call: call.takes_no_inputs, Operation.LOAD)
        if not untried:
            return f"No call of it works in any of the releases that were tried ({spans(every, known)})."
        failing = [release for release in every if release not in untried]
        none = f"; no call of it works in {spans(failing, known)}" if failing else ""
        return f"Could not be tried in {spans(untried, known)} {_ON_OURS}{none}."
    same = "loads and computes"
    if compared:
        same += " the same" if tried.reference else " what is expected"
    said = [f"{same} in TensorFlow {spans(loads, known)}"]
    otherwise = _releases_where(tried, lambda call: call.works and not call.by_loader, Operation.LOAD)
    if only := [release for release in loads if release not in otherwise and _more_was_tried(tried, release)]:
        said.append(f"in {spans(only, known)} only by tf.compat.v1.saved_model.loader")
    if wrong:
        said.append(f"some call gives wrong values in {spans(wrong, known)}")
    said += _of_training(tried)
    said += [*_of_calls(tried, "is refused", (Outcome.REJECTED,))][:_NAMED]
    said += [*_of_calls(tried, "fails", (Outcome.FAILED, Outcome.CRASHED, Outcome.TIMED_OUT))][:_NAMED]
    if left := [release for release in every if release not in loads]:
        said.append(f"no call of it works in {spans(left, known)}")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def _of_calls(tried: ModelTrial, what: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The calls that end so, each with whether they do wherever they were tried."""
    by_probe = grouped((call.probe, call.outcome) for call in tried.calls if call.outcome is not Outcome.UNAVAILABLE)
    for probe, seen in by_probe.items():
        if met := [one for one in seen if one in outcomes]:
            where = "in some" if len(met) < len(seen) else "wherever it was tried"
            yield f"{tried.form(probe).call} {what} {where}"


def _of_training(tried: ModelTrial) -> Iterator[str]:
    known = tried.known_releases
    training = {form.probe for form in tried.forms if form.operation is Operation.FINE_TUNE}
    if not training:
        yield "nothing in it can be trained"
        return
    if not any(call.probe in training for call in tried.calls):
        yield "training it was not tried: no call that does belongs to these modes"
        return

    def trains(legacy: bool) -> tuple[str, ...]:
        return _releases_where(
            tried, lambda call: call.works and _is_legacy(tried, call) is legacy, Operation.FINE_TUNE
        )

    plain = trains(False)
    only_legacy = [release for release in trains(True) if release not in plain]
    if not plain and not only_legacy:
        yield "training it works in none of them"
    if plain:
        yield f"trains in {spans(plain, known)}" + (
            f", and in {spans(only_legacy, known)} with TF_USE_LEGACY_KERAS=1" if only_legacy else ""
        )
    elif only_legacy:
        yield f"trains in {spans(only_legacy, known)} with TF_USE_LEGACY_KERAS=1"


def _causes(tried: ModelTrial, explainer: Explainer | None) -> Iterator[FoundCause]:
    failing = [call for call in tried.calls if not call.works]
    failing.sort(key=what_is_wrong)
    for (outcome, text), group in groupby(failing, key=what_is_wrong):
        calls = list(group)
        error = calls[0].error
        match = explainer.explain(f"{error.type}: {error.message}").match if explainer and error else None
        known = match if match and match.causes and outcome != Outcome.BLOCKED else None
        cells = tuple(dict.fromkeys(call.cell for call in calls))
        yield FoundCause(
            outcome=Outcome(outcome),
            text=text,
            blame=known.causes[0].blame if known else _raised_by(calls[0]),
            known=_known(known) if known else "",
            calls=tuple(dict.fromkeys(tried.form(call.probe).call for call in calls)),
            cells=cells,
            releases=tuple(dict.fromkeys(tried.cell(name).release for name in cells)),
            instead=tuple(_instead(tried, calls)),
        )


def _known(entry: Entry) -> str:
    """What our own probes know of an error, and where they met it: it may have another cause in another release."""
    causes = " Or: ".join(f"{one.cause}. {one.reason}" for one in entry.causes)
    return f"{causes} (Our probes met this error: {', '.join(dict.fromkeys(one.releases for one in entry.met))}.)"


def _raised_by(call: TriedCall) -> str:
    """Whose code raised the error; "" where that is nobody's fault, or ours."""
    if not call.error or call.outcome is Outcome.BLOCKED or call.error.origin == "probe":
        return ""
    return call.error.origin


def what_is_wrong(call: TriedCall) -> tuple[str, str]:
    """The outcome, and a line that says what is wrong."""
    error = call.error
    text = f"{error.type.rsplit('.', 1)[-1]}: {error.message}" if error else "; ".join(call.notes)
    if call.outcome is Outcome.BLOCKED and call.notes:
        text = f"{call.notes[-1]} ({text})"
    line = " ".join(printable(without_machine_paths(text)).split())
    return str(call.outcome), line if len(line) <= _LONGEST else f"{line[:_LONGEST]} [...]"


def _instead(tried: ModelTrial, failing: Sequence[TriedCall]) -> Iterator[WorkingCall]:
    """For each release in which these fail, a call of the same operation that worked there, if any in the same mode."""
    operation = tried.form(failing[0].probe).operation
    modes = {tried.cell(call.cell).release: tried.cell(call.cell).mode for call in failing}
    for release, mode in modes.items():
        working = [
            call
            for call in tried.calls
            if call.works and tried.cell(call.cell).release == release and tried.form(call.probe).operation is operation
        ]
        if working:
            best = min(
                working,
                key=lambda call: (
                    tried.cell(call.cell).mode is not mode,
                    _is_legacy(tried, call),
                    recommendation(call),
                ),
            )
            cell = tried.cell(best.cell)
            yield WorkingCall(
                release=release,
                cell=cell.cell,
                call=tried.form(best.probe).call,
                install=pins(cell),
                variables=("TF_USE_LEGACY_KERAS=1",) if cell.keras is Keras.LEGACY else (),
            )


def recommendation(call: TriedCall) -> int:
    """The place of a call among those that are recommended."""
    kind = call.probe.removeprefix("own_model.").partition("[")[0]
    return _RECOMMENDED.index(kind) if kind in _RECOMMENDED else len(_RECOMMENDED)


def pins(cell: TriedCell) -> tuple[str, ...]:
    """What to install, as pip takes it."""
    names = [name for name in cell.versions if name not in ("python", "keras", "tf-keras")]
    names += ["tf-keras"] if cell.keras is Keras.LEGACY and "tf-keras" in cell.versions else []
    return tuple(f"{name}=={cell.versions[name]}" for name in names)


def _releases_where(tried: ModelTrial, holds: Callable[[TriedCall], bool], operation: Operation) -> tuple[str, ...]:
    found = {
        tried.cell(call.cell).release
        for call in tried.calls
        if tried.form(call.probe).operation is operation and holds(call)
    }
    return tuple(release for release in tried.releases() if release in found)


def _more_was_tried(tried: ModelTrial, release: str) -> bool:
    """Whether anything but TF1's loader was tried there."""
    return any(not call.by_loader for call in tried.calls if tried.cell(call.cell).release == release)


def _is_legacy(tried: ModelTrial, call: TriedCall) -> bool:
    return tried.cell(call.cell).keras is Keras.LEGACY
