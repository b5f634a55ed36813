"""What departs from the page, grouped so that one cause reads as one entry with its intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.claims.catalogue import Claim
from conformance.comparing.error_texts import one_line
from conformance.grouping import grouped
from conformance.plain_text import without_machine_paths
from conformance.reporting.blame import Evidence, evidence_for, together
from conformance.reporting.errors_index import ErrorIndex
from conformance.reporting.timeline import Lane, Mark, MarkRun, MarkState, Timeline, runs_of
from conformance.results import ExpectationRow, ObservationRow, VerdictRow
from conformance.words import Outcome, Standing

Judged = Mapping[tuple[str, str, Standing], Sequence[VerdictRow]]  # by claim, way and standing


class DeviationSpan(msgspec.Struct, frozen=True):
    """The intervals of a lane in which the claim deviates.

    Attributes:
        when: the intervals, in words.
        held_through: the last release before them in which the claim held in that lane; empty if it never did.
        holds_again: the first release after them in which the claim holds again; empty if it does not.
    """

    lane: str
    when: str
    held_through: str
    holds_again: str
    current: bool


class SeenError(msgspec.Struct, frozen=True):
    """An error met in a deviation: its line, its anchor and how often it was met."""

    id: str
    line: str
    origin: str
    count: int


class ProvedRemedy(msgspec.Struct, frozen=True):
    """Something to do instead, proved by the run.

    Attributes:
        cells: those of the deviation for which it is proved.
        proofs: the cells in which it was observed to work: the same ones, or siblings set up as it says.
    """

    do: str
    cells: tuple[str, ...]
    proofs: tuple[str, ...]

    @property
    def here(self) -> bool:
        """Whether it works in the very cells that deviate, with nothing else installed or set."""
        return self.cells == self.proofs


class Deviation(msgspec.Struct, frozen=True):
    """One claim that deviates in one way for one reason.

    Attributes:
        current: whether it does in the newest releases too.
        releases: all those in which it does.
        reasons: the verdicts' own explanations.
        holds_in: where the same claim holds instead: "hub before 0.16: 1.13 to 2.15".
        remedies: what to do instead, as far as the run proves it, in the expectation's order.
        evidence: what swapping one package shows about whose doing it is.
    """

    claim: Claim
    way: str
    standing: Standing
    state: MarkState
    qualifiers: tuple[str, ...]
    expected: bool
    expectation: ExpectationRow | None
    current: bool
    releases: tuple[str, ...]
    spans: tuple[DeviationSpan, ...]
    holds_in: tuple[str, ...]
    reasons: tuple[str, ...]
    outcomes: tuple[tuple[Outcome, int], ...]
    errors: tuple[SeenError, ...]
    cells: tuple[str, ...]
    remedies: tuple[ProvedRemedy, ...]
    evidence: Evidence

    def on(self, release: str) -> bool:
        """Whether it is met on that release."""
        return release in self.releases

    @property
    def where(self) -> str:
        """Its intervals in one line."""
        return "; ".join(f"{span.lane}: {span.when}" if span.lane else span.when for span in self.spans)


class Cause(msgspec.Struct, frozen=True):
    """Deviations that one expectation forecasts, or a single one that none does."""

    expectation: ExpectationRow | None
    deviations: tuple[Deviation, ...]

    @property
    def example(self) -> Deviation:
        """The first of them."""
        return self.deviations[0]

    @property
    def anchor(self) -> str:
        """Its address within the page."""
        first = self.example
        about = self.expectation.id if self.expectation else f"{first.claim.id}.{first.way}"
        now = "now" if first.current else "earlier"
        return f"cause-{first.claim.source}.{first.standing}.{first.state}.{now}.{about}".replace(" ", "-")

    @property
    def since(self) -> tuple[tuple[str, str], ...]:
        """When the deviations set in and with what, each once."""
        spans = [span for item in self.deviations for span in item.spans if span.current]
        return tuple(dict.fromkeys((span.when, span.lane) for span in spans))

    @property
    def remedies(self) -> tuple[ProvedRemedy, ...]:
        """What to do instead, for all of them together."""
        merged = grouped((remedy.do, remedy) for item in self.deviations for remedy in item.remedies)
        return tuple(
            ProvedRemedy(
                do=do,
                cells=tuple(dict.fromkeys(cell for part in parts for cell in part.cells)),
                proofs=tuple(dict.fromkeys(cell for part in parts for cell in part.proofs)),
            )
            for do, parts in merged.items()
        )

    @property
    def evidence(self) -> Evidence:
        """Whose doing it is, for all of them together."""
        return together(item.evidence for item in self.deviations)

    @property
    def cells(self) -> tuple[str, ...]:
        """Every cell in which one of them was met."""
        return tuple(dict.fromkeys(cell for item in self.deviations for cell in item.cells))


def by_cause(deviations: Iterable[Deviation]) -> tuple[Cause, ...]:
    """Groups deviations by what they are put down to, in the order in which the causes come up."""

    def cause(item: Deviation) -> object:
        known = item.expectation
        return (item.state, item.expected, known.id) if known else (item.claim.id, item.way, item.standing)

    groups = grouped((cause(item), item) for item in deviations)
    return tuple(Cause(expectation=group[0].expectation, deviations=tuple(group)) for group in groups.values())


def find_deviations(
    timelines: Iterable[Timeline],
    state: MarkState,
    axis: ReleaseAxis,
    judged: Judged,
    observed: Mapping[tuple[str, str, str], Sequence[ObservationRow]],
    errors: ErrorIndex,
) -> tuple[Deviation, ...]:
    """Every departure of the kind `state`, unexpected ones first, then current ones, then in the page's order.

    Args:
        judged: the verdicts by claim, way and standing.
        observed: the observations by cell, claim and way.
    """
    found: list[Deviation] = []
    for line in timelines:
        groups = grouped(
            ((run.first.expectation.id if run.first.expectation else "", run.first.expected), (lane, run))
            for lane in line.lanes
            for run in lane.runs
            if run.first.state is state
        )
        found.extend(_deviation(line, group, axis, judged, observed, errors) for group in groups.values())
    return tuple(sorted(found, key=lambda deviation: (deviation.expected, not deviation.current)))


def _deviation(
    line: Timeline,
    group: Sequence[tuple[Lane, MarkRun]],
    axis: ReleaseAxis,
    judged: Judged,
    observed: Mapping[tuple[str, str, str], Sequence[ObservationRow]],
    errors: ErrorIndex,
) -> Deviation:
    first = group[0][1].first
    marks = [mark for _, run in group for mark in run.marks]
    cells = tuple(dict.fromkeys(cell for mark in marks for cell in mark.cells))
    rows = [
        row
        for cell in cells
        for row in observed.get((cell, line.claim.id, line.way), ())
        if any(tested.id == line.claim.id and tested.standing is line.standing for tested in row.claims)
    ]
    verdicts = judged.get((line.claim.id, line.way, line.standing), ())
    deviating = [row for row in verdicts if row.cell in cells]
    spans = _spans(group, axis)
    return Deviation(
        claim=line.claim,
        way=line.way,
        standing=line.standing,
        state=first.state,
        qualifiers=tuple(dict.fromkeys(mark.qualifier for mark in marks if mark.qualifier)),
        expected=first.expected,
        expectation=first.expectation,
        current=any(span.current for span in spans),
        releases=tuple(dict.fromkeys(mark.release for mark in marks)),
        spans=spans,
        holds_in=_holds_in(line, axis),
        reasons=tuple(dict.fromkeys(mark.why for mark in marks if mark.why))[:5],
        outcomes=tuple(Counter(row.outcome for row in rows).most_common()),
        errors=_seen_errors(rows, errors),
        cells=cells,
        remedies=_remedies(deviating),
        evidence=evidence_for(deviating, verdicts, axis) if first.state is MarkState.CONTRADICTS else Evidence(),
    )


def _remedies(deviating: Sequence[VerdictRow]) -> tuple[ProvedRemedy, ...]:
    proved: dict[str, dict[str, str]] = {}
    for row in deviating:
        for instead in row.instead:
            proved.setdefault(instead.do, {})[row.cell] = instead.cell
    order = [] if not deviating or not (known := deviating[0].expectation) else sorted(proved, key=known.instead.find)
    return tuple(
        ProvedRemedy(do=do, cells=tuple(proved[do]), proofs=tuple(dict.fromkeys(proved[do].values()))) for do in order
    )


def _spans(group: Sequence[tuple[Lane, MarkRun]], axis: ReleaseAxis) -> tuple[DeviationSpan, ...]:
    lanes = {lane.label: lane for lane, _ in group}
    runs = grouped((lane.label, run) for lane, run in group)
    return tuple(_span(lane, runs[label], axis) for label, lane in lanes.items())


def _span(lane: Lane, runs: Sequence[MarkRun], axis: ReleaseAxis) -> DeviationSpan:
    before, after = lane.runs[: lane.runs.index(runs[0])], lane.runs[lane.runs.index(runs[-1]) + 1 :]
    held = [run.last.release for run in before if run.first.state is MarkState.AGREES]
    again = [run.first.release for run in after if run.first.state is MarkState.AGREES]
    return DeviationSpan(
        lane=lane.label,
        when=", ".join(run.when for run in runs),
        held_through=held[-1] if held else "",
        holds_again=again[0] if again else "",
        current=axis.position(runs[-1].last.release) >= axis.position(axis.newest_numbered),
    )


def _holds_in(line: Timeline, axis: ReleaseAxis) -> tuple[str, ...]:
    """Where the claim holds, by lane; with a remark or without makes no difference here."""
    held = {
        lane.label: runs_of(
            [Mark(release=mark.release, state=mark.state) for mark in lane.marks if mark.state is MarkState.AGREES],
            axis,
        )
        for lane in line.lanes
    }
    return tuple(
        f"{label}: {when}" if label else when
        for label, runs in held.items()
        if (when := ", ".join(run.when for run in runs))
    )


def _seen_errors(rows: Sequence[ObservationRow], errors: ErrorIndex, limit: int = 3) -> tuple[SeenError, ...]:
    """The errors met most often."""
    counts = Counter(errors.id_of(row.error) for row in rows if row.error)
    example = {errors.id_of(row.error): row.error for row in reversed(rows) if row.error}
    return tuple(
        SeenError(
            id=error_id,
            line=without_machine_paths(one_line(example[error_id])),
            origin=example[error_id].origin,
            count=count,
        )
        for error_id, count in counts.most_common(limit)
    )
