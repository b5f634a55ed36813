"""The index of errors: what a run knows of each error that its probes met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.cells import axis_of, cells_of
from conformance.claims.catalogue import Catalogue, Claim, Place
from conformance.evidence import Error
from conformance.explaining import intervals, texts
from conformance.explaining.alike import groups_of_alike
from conformance.grouping import grouped
from conformance.results import ObservationRow, Results, VerdictRow
from conformance.words import Format, Level, Operation, Outcome, Standing, Verdict

OF_PROBES = "conformance.inside."  # the classes of errors that only our probes raise
_HEAD, _TAIL = 500, 250  # characters of a long text that are kept
_MOST = 4  # of the steps and the probes of an entry


class Met(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an error was met: "TF2, hub 0.16, Keras 3", and in which releases there: "since 2.16"."""

    where: str
    releases: str


class KnownCause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose doing it is, of the reviewed expectation that covers it."""

    blame: str
    cause: str
    reason: str
    upstream: tuple[str, ...] = ()


class Remedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do, proved by the run, and for which releases it is: "since 2.16"."""

    do: str
    releases: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known of one error.

    Attributes:
        text: class and message as Python prints them, with a stand-in for addresses, paths and the like.
        classes: the classes it was raised with, the most frequent first.
        origins: the packages whose code raised it, likewise.
        outcomes: how the probes ended that met it, and how many of each.
        met: where.
        steps: what the probes did that met it, one sentence each.
        causes: of the expectations that cover it; empty where none does.
        instead: what to do.
        claims: ids of the claims that its probes speak to.
        probes: some of them.
        places: format and operation of these claims, as the answers are found by.
        pin: the requirement without which an installation ends with it.
    """

    text: str
    classes: tuple[str, ...]
    origins: tuple[str, ...]
    outcomes: dict[str, int] = {}
    met: tuple[Met, ...] = ()
    steps: tuple[str, ...] = ()
    causes: tuple[KnownCause, ...] = ()
    instead: tuple[Remedy, ...] = ()
    claims: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    places: tuple[tuple[Format, Operation], ...] = ()
    pin: str = ""


class StatedClaim(msgspec.Struct, frozen=True):
    """What an error's entry says of a claim: where the page states it, and what may vouch for its refusals.

    Attributes:
        beside: of each control of a claim that foresees a refusal: its id, and what it does.
        instead: of each way that is a mistake, what to call instead.
    """

    place: Place
    beside: tuple[tuple[str, str], ...] = ()
    instead: Mapping[str, str] = {}


class _Meeting(msgspec.Struct, frozen=True):
    """One observation's meeting with an error; `ended` says whether the probe ended with it, or for lack of it."""

    error: Error
    cell: str
    row: ObservationRow | None
    ended: bool = False


def index_of(results: Results, claims: Mapping[str, StatedClaim]) -> tuple[Entry, ...]:
    """An entry for each error of a run; those that differ in what varies only, or in little else, are one.

    Args:
        claims: by their ids; see `stated` and `all_stated`.
    """
    by_words: dict[tuple[str, ...], list[_Meeting]] = {}
    for meeting in _meetings(results):
        by_words.setdefault(tuple(texts.words(printed(meeting.error))), []).append(meeting)
    judged: dict[tuple[str, str], list[VerdictRow]] = {}
    for verdict in results.verdicts:
        for probe in verdict.outcomes:
            judged.setdefault((verdict.cell, probe), []).append(verdict)
    green = _green(results.verdicts)
    lanes = intervals.Lanes(cells := cells_of(results), axis_of(cells))
    ordered = sorted(by_words.values(), key=lambda meetings: -len(meetings))
    groups = groups_of_alike([printed(meetings[0].error) for meetings in ordered])
    return tuple(
        _entry([meeting for number in group for meeting in ordered[number]], judged, claims, green, lanes)
        for group in groups
    )


def all_stated(claims: Catalogue) -> dict[str, StatedClaim]:
    """What the entries say of every claim."""
    return stated((claim, claims.place_of(claim)) for claim in claims.claims)


def stated(placed: Iterable[tuple[Claim, Place]]) -> dict[str, StatedClaim]:
    """What the entries say of these claims, each with where the page states it."""
    placed = tuple(placed)
    by_id = {claim.id: claim for claim, _ in placed}
    return {claim.id: StatedClaim(place, _beside(claim, by_id), claim.instead) for claim, place in placed}


def _beside(claim: Claim, by_id: Mapping[str, Claim]) -> tuple[tuple[str, str], ...]:
    if claim.level is not Level.NOT_SUPPORTED:
        return ()
    controls = (by_id[one] for one in claim.control if one in by_id)
    return tuple((one.id, "; ".join(one.call.splitlines()) or one.statement) for one in controls)


def printed(error: Error) -> str:
    """An error as Python prints it, without what varies."""
    text = texts.steady(": ".join(filter(None, (error.type, error.message)))).strip()
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} [...] {text[-_TAIL:]}"


def _meetings(results: Results) -> Iterator[_Meeting]:
    for setting in results.environments:
        if setting.import_error:
            yield _Meeting(setting.import_error, setting.cell, None)
    for row in results.observations:
        for error in row.errors_met:
            yield _Meeting(error, row.cell, row, ended=row.outcome is Outcome.API_MISSING)
        if row.error and row.outcome is not Outcome.TIMED_OUT and not row.error.type.startswith(OF_PROBES):
            yield _Meeting(row.error, row.cell, row, ended=True)


def _entry(
    meetings: Sequence[_Meeting],
    judged: dict[tuple[str, str], list[VerdictRow]],
    claims: Mapping[str, StatedClaim],
    green: Collection[tuple[str, str]],
    lanes: intervals.Lanes,
) -> Entry:
    rows = [meeting.row for meeting in meetings if meeting.row]
    ended = [meeting.row for meeting in meetings if meeting.row and meeting.ended]
    judgements = [verdict for row in ended for verdict in judged.get((row.cell, row.probe), ())]
    verdicts = [one for one in judgements if one.verdict is not Verdict.EXCEEDS]  # why a call runs explains no error
    tested = by_frequency(claim.id for row in rows for claim in row.claims)
    places = (claims[claim].place for claim in tested if claim in claims)
    return Entry(
        text=printed(meetings[0].error),
        classes=by_frequency(meeting.error.type for meeting in meetings),
        origins=by_frequency(meeting.error.origin for meeting in meetings),
        outcomes=dict(Counter(row.outcome.value for row in rows).most_common()),
        met=tuple(Met(where, releases) for where, releases in lanes.intervals(meeting.cell for meeting in meetings)),
        steps=by_frequency(_first_sentence(row.steps) for row in rows if row.steps)[:_MOST],
        causes=tuple(_causes(verdicts)),
        instead=tuple(_remedies(verdicts, lanes))
        or tuple(_working_beside(verdicts, claims, green, lanes))
        or tuple(_right_calls(rows, claims, lanes)),
        claims=tested,
        probes=by_frequency(row.probe for row in rows)[:_MOST],
        places=tuple(dict.fromkeys((place.format, place.operation) for place in places if place.format)),
    )


def _causes(verdicts: Iterable[VerdictRow]) -> Iterator[KnownCause]:
    known = {(one.blame, one.cause): one for verdict in verdicts if (one := verdict.expectation)}
    for one in known.values():
        yield KnownCause(one.blame.value, one.cause, one.reason, one.upstream)


def _remedies(verdicts: Iterable[VerdictRow], lanes: intervals.Lanes) -> Iterator[Remedy]:
    proved = grouped((one.do, verdict.cell) for verdict in verdicts for one in verdict.instead)
    for do, cells in proved.items():
        yield Remedy(do, lanes.releases(cells))


def _working_beside(
    verdicts: Iterable[VerdictRow],
    claims: Mapping[str, StatedClaim],
    green: Collection[tuple[str, str]],
    lanes: intervals.Lanes,
) -> Iterator[Remedy]:
    """Of refusals that are as documented, the first control that works in the very cell."""
    refused = [one for one in verdicts if one.verdict is Verdict.AGREES and one.claim in claims]
    working = grouped(
        (does[0], one.cell)
        for one in refused
        if (does := [text for control, text in claims[one.claim].beside if (control, one.cell) in green])
    )
    for do, cells in working.items():
        yield Remedy(f"What works beside it: {do}", lanes.releases(cells))


def _right_calls(
    rows: Iterable[ObservationRow], claims: Mapping[str, StatedClaim], lanes: intervals.Lanes
) -> Iterator[Remedy]:
    """Of mistakes, what the same probe called instead, where that worked."""
    working = grouped(
        (do, row.cell)
        for row in rows
        if row.outcome is Outcome.WORKS
        for tested in row.claims
        if tested.id in claims and (do := claims[tested.id].instead.get(tested.way))
    )
    for do, cells in working.items():
        yield Remedy(do, lanes.releases(cells))


def _green(verdicts: Iterable[VerdictRow]) -> set[tuple[str, str]]:
    """The claims, each with a cell, of which all literal verdicts there agree."""
    literal = grouped(((one.claim, one.cell), one.verdict) for one in verdicts if one.standing is Standing.LITERAL)
    return {key for key, found in literal.items() if set(found) == {Verdict.AGREES}}


def by_frequency(values: Iterable[str]) -> tuple[str, ...]:
    """Each once, the most frequent first."""
    return tuple(value for value, _ in Counter(values).most_common())


def _first_sentence(steps: str) -> str:
    return " ".join(steps.split("\n\n", 1)[0].split())
