"""Where the real models of the corpus behave unlike the fixture of their kind: a missing probe or fixture each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from conformance.inspecting.text import one_line
from conformance.markdown import code, text
from conformance.own_models.conclusions import what_is_wrong
from conformance.own_models.report import ModelReport
from conformance.own_models.results import ModelTrial, TriedCall
from conformance.words import Outcome

SCHEMA = "corpus-differences/1"
_KINDLY = (Outcome.WORKS, Outcome.DEGRADED)


class Unlike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call form that came out otherwise than with the fixture, in some cells.

    Attributes:
        call: the kind of call form, a probe's name.
        outcome: the model's; `of_fixture` the fixture's, in the same cells.
        text: what is wrong; "" where nothing is with the model.
    """

    model: str
    fixture: str
    call: str
    outcome: Outcome
    of_fixture: Outcome
    text: str
    cells: tuple[str, ...]


class CorpusDifferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; `alike` are the models that behaved as their fixtures wherever both were tried."""

    schema: str
    alike: tuple[str, ...]
    unlike: tuple[Unlike, ...]


def corpus_differences(pairs: Sequence[tuple[ModelReport, ModelReport]]) -> CorpusDifferences:
    """What the models, each with its fixture, have come to."""
    found = [(model, tuple(_unlike(model, fixture))) for model, fixture in pairs]
    return CorpusDifferences(
        schema=SCHEMA,
        alike=tuple(
            model.name
            for (model, fixture), (_, rows) in zip(pairs, found, strict=True)
            if not rows and _share(model, fixture)
        ),
        unlike=tuple(row for _, rows in found for row in rows),
    )


def markdown_lines(found: CorpusDifferences, models: Sequence[ModelReport]) -> Iterator[str]:
    """The table, and where the models behaved otherwise than their files let expect."""
    yield "# Real models unlike the fixtures of their kind"
    yield ""
    yield "| model | fixture | call | outcome | the fixture's | cells | what is wrong |"
    yield "|---|---|---|---|---|---|---|"
    for row in found.unlike:
        cells = ", ".join(map(code, row.cells))
        names = f"| {code(row.model)} | {code(row.fixture)} | {code(row.call)}"
        yield f"{names} | {row.outcome} | {row.of_fixture} | {cells} | {text(row.text)} |"
    yield ""
    yield f"Like their fixtures: {', '.join(map(code, found.alike)) or 'none'}."
    yield ""
    yield "Otherwise than their files let expect:"
    yield ""
    said = [
        f"- {code(model.name)}: {text(one.sentence(model.tried.known_releases))}"
        for model in models
        if model.tried
        for one in model.contradictions
    ]
    yield from said or ["- none"]


def text_lines(found: CorpusDifferences) -> Iterator[str]:
    """The same for a terminal."""
    yield "Real models unlike the fixtures of their kind:"
    for row in found.unlike:
        yield f"  {row.model}, {row.call}: {row.outcome}, and {row.of_fixture} of {row.fixture}: {', '.join(row.cells)}"
        if row.text:
            yield f"    {one_line(row.text)}"
    yield f"  Like their fixtures: {', '.join(found.alike) or 'none'}."


def _unlike(model: ModelReport, fixture: ModelReport) -> Iterator[Unlike]:
    if not (model.tried and fixture.tried):
        return
    ours, theirs = _worst(model.tried), _worst(fixture.tried)
    differing = [
        (call, theirs[key]) for key, call in ours.items() if key in theirs and _word(call) is not _word(theirs[key])
    ]

    def row_of(pair: tuple[TriedCall, TriedCall]) -> tuple[str, str, str, str]:
        call, other = pair
        wrong = "" if call.works else what_is_wrong(call)[1]
        return _kind(call), str(call.outcome), str(other.outcome), wrong

    for (kind, outcome, of_fixture, wrong), group in groupby(sorted(differing, key=row_of), row_of):
        cells = tuple(call.cell for call, _ in group)
        yield Unlike(model.name, fixture.name, kind, Outcome(outcome), Outcome(of_fixture), wrong, cells)


def _share(model: ModelReport, fixture: ModelReport) -> bool:
    """Whether any call was tried with both in one cell."""
    return bool(model.tried and fixture.tried and _worst(model.tried).keys() & _worst(fixture.tried).keys())


def _word(call: TriedCall) -> Outcome:
    return Outcome.WORKS if call.outcome in _KINDLY else call.outcome


def _worst(trial: ModelTrial) -> dict[tuple[str, str], TriedCall]:
    """The worst call of each kind in each cell: it does not matter by which signature."""
    found: dict[tuple[str, str], TriedCall] = {}
    for call in trial.calls:
        key = _kind(call), call.cell
        if key not in found or found[key].works:
            found[key] = call
    return found


def _kind(call: TriedCall) -> str:
    return call.probe.removeprefix("own_model.").partition("[")[0]
