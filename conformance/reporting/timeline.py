"""Timelines: what each release says about a claim, one lane per hub line and Keras flavour where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

import msgspec

from conformance.cells import CellInfo, CellStatus, ReleaseAxis, release_order
from conformance.claims.catalogue import Claim
from conformance.grouping import grouped, neighbours
from conformance.results import ExpectationRow, VerdictRow
from conformance.words import Keras, Standing, Verdict, Word

HUB_MODULE_REMOVED_IN = (0, 16)  # the line between the two hubs that each release is tried with
HUB_LINES = {"old": "hub before 0.16", "new": "hub 0.16", "nightly": "the nightly hub"}


class MarkState(Word):
    """What one mark of a timeline shows: a verdict, or why there is none."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    EXCEEDS = "exceeds"
    INCONCLUSIVE = "inconclusive"
    MISSING = "missing"  # planned, and not observed
    NOT_RUN = "not run"  # the cell was observed, but not asked about this claim
    NONE = "none"  # the claim does not speak of this release, or no such environment exists


class Mark(msgspec.Struct, frozen=True):
    """One release in a lane; it stands for several cells where these say the same."""

    release: str
    state: MarkState
    qualifier: str = ""
    expected: bool = True
    expectation: ExpectationRow | None = None
    why: str = ""
    cells: tuple[str, ...] = ()

    @property
    def surprising(self) -> bool:
        """Whether it deviates from the page and nobody forecast it."""
        return not self.expected and self.state in (MarkState.CONTRADICTS, MarkState.EXCEEDS)

    @property
    def says(self) -> tuple[MarkState, str, bool, str]:
        """What it says, for comparison: two marks that say the same belong to one interval or one lane."""
        return self.state, self.qualifier, self.expected, self.expectation.id if self.expectation else ""


class MarkRun(msgspec.Struct, frozen=True):
    """Neighbouring releases whose marks say the same."""

    marks: tuple[Mark, ...]
    when: str  # "1.15 to 2.15", "since 2.16", "2.3"

    @property
    def first(self) -> Mark:
        """The oldest release."""
        return self.marks[0]

    @property
    def last(self) -> Mark:
        """The newest release."""
        return self.marks[-1]


class LaneBar(msgspec.Struct, frozen=True):
    """Neighbouring releases of a lane as one bar; a gap without a mark where the lane says nothing."""

    mark: Mark | None
    width: int


class Saying(msgspec.Struct, frozen=True):
    """What a lane says in words: one state and all its intervals."""

    mark: Mark
    when: str


class Lane(msgspec.Struct, frozen=True):
    """A strip of marks, one per release of the report.

    Attributes:
        label: what sets it apart from the other lanes; empty where there is only one.
        hubs: the hub lines it speaks for, of `HUB_LINES`.
        flavours: likewise, the Keras flavours: "default", "legacy" or both.
    """

    label: str
    marks: tuple[Mark, ...]
    runs: tuple[MarkRun, ...]
    hubs: tuple[str, ...]
    flavours: tuple[str, ...]

    def bars(self, releases: Sequence[str]) -> tuple[LaneBar, ...]:
        """The lane over all releases, which its runs cover in part."""
        starts = {run.first.release: run for run in self.runs}
        bars: list[LaneBar] = []
        left = 0
        for release in releases:
            if run := starts.get(release):
                left = len(run.marks)
                bars.append(LaneBar(run.first, left))
            if left:
                left -= 1
            elif bars and bars[-1].mark is None:
                bars[-1] = LaneBar(None, bars[-1].width + 1)
            else:
                bars.append(LaneBar(None, 1))
        return tuple(bars)

    @property
    def sayings(self) -> tuple[Saying, ...]:
        """The lane in words, in the order of its marks; intervals that say the same are named together."""
        alike = grouped((run.first.says, run) for run in self.runs)
        return tuple(Saying(mark=runs[0].first, when=", ".join(run.when for run in runs)) for runs in alike.values())


class Timeline(msgspec.Struct, frozen=True):
    """What all releases say about a claim, in one way of trying it."""

    claim: Claim
    way: str
    standing: Standing
    lanes: tuple[Lane, ...]

    @property
    def observed(self) -> bool:
        """Whether any cell gave a verdict."""
        verdicts = {verdict.value for verdict in Verdict}
        return any(mark.state.value in verdicts for lane in self.lanes for mark in lane.marks)

    def echoes(self, other: Timeline) -> bool:
        """Whether it says nothing that `other` does not say as well."""
        return len(self.lanes) == len(other.lanes) and all(
            mine.state is MarkState.NONE or mine.says == theirs.says
            for lane, others in zip(self.lanes, other.lanes, strict=True)
            for mine, theirs in zip(lane.marks, others.marks, strict=True)
        )


class _Draft(msgspec.Struct, frozen=True):
    """A lane before it is known which of its traits are worth a label."""

    hubs: tuple[str, ...]
    flavours: tuple[str, ...]
    marks: dict[str, Mark]


def timeline(
    claim: Claim,
    way: str,
    standing: Standing,
    verdicts: Sequence[VerdictRow],
    cells: Sequence[CellInfo],
    axis: ReleaseAxis,
) -> Timeline:
    """Lays out the verdicts on one claim in one way; a cell that owes one and has none is shown as missing."""
    by_cell = {row.cell: row for row in verdicts}
    asked = bool(verdicts) or not any(cell.status is CellStatus.OBSERVED and speaks_of(claim, cell) for cell in cells)
    drafts = [
        _Draft(hubs=(hub_line,), flavours=(flavour,), marks=marks)
        for hub_line in HUB_LINES
        for flavour in ("default", "legacy")
        if (
            marks := {
                cell.release: mark
                for cell in cells
                if lane_of(cell) == (hub_line, flavour)
                and (mark := _mark(claim, standing, cell, by_cell.get(cell.id), asked))
            }
        )
    ]
    merged = _merge(drafts)
    return Timeline(
        claim=claim,
        way=way,
        standing=standing,
        lanes=tuple(_lane(draft, _label(draft, merged), axis) for draft in merged),
    )


def runs_of(marks: Sequence[Mark], axis: ReleaseAxis) -> tuple[MarkRun, ...]:
    """Splits marks into intervals; a release that the report does not cover ends one, so that none is overstated."""
    runs = neighbours(
        (mark for mark in marks if mark.state is not MarkState.NONE),
        lambda before, mark: before.says == mark.says and axis.adjacent(before.release, mark.release),
    )
    return tuple(MarkRun(marks=tuple(run), when=axis.span(run[0].release, run[-1].release)) for run in runs)


def lane_of(cell: CellInfo | VerdictRow) -> tuple[str, str]:
    """Hub line (of `HUB_LINES`) and Keras flavour ("default" or "legacy"): what sets the cells of a release apart."""
    return _hub_line(cell.hub), _flavour(cell.keras)


@cache  # a few versions, asked for hundreds of thousands of times
def _hub_line(hub: str) -> str:
    if "nightly" in hub or "dev" in hub:
        return "nightly"
    numbers = tuple(int(part) for part in re.findall(r"\d+", hub)[:2])
    return "old" if numbers < HUB_MODULE_REMOVED_IN else "new"


def _flavour(keras: Keras) -> str:
    return "legacy" if keras is Keras.LEGACY else "default"


def _mark(claim: Claim, standing: Standing, cell: CellInfo, row: VerdictRow | None, asked: bool) -> Mark | None:
    """The mark of one cell; None where the claim has nothing to say there.

    `asked` says whether the run was about this claim at all.
    """
    if row is not None:
        return Mark(
            release=cell.release,
            state=MarkState(row.verdict.value),
            qualifier=row.qualifier,
            expected=row.expected,
            expectation=row.expectation,
            why=row.why,
            cells=(cell.id,),
        )
    if standing is Standing.IMPLIED or not speaks_of(claim, cell):
        return None
    states = {CellStatus.UNAVAILABLE: MarkState.INCONCLUSIVE, CellStatus.MISSING: MarkState.MISSING}
    state = states.get(cell.status, MarkState.NOT_RUN) if asked else MarkState.NOT_RUN
    return Mark(release=cell.release, state=state, expected=False, why=cell.reason, cells=(cell.id,))


def speaks_of(claim: Claim, cell: CellInfo) -> bool:
    """Whether the claim applies in the cell."""
    return claim.applies_to(_version(cell.release), cell.mode)


def _version(release: str) -> str:
    """A version to compare with: the release candidate and the nightly are newer than any number."""
    return release if release_order(release)[0] == 0 else "9999"


def _merge(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Joins lanes that say the same wherever both say something."""
    merged: list[_Draft] = []
    for draft in drafts:
        for index, other in enumerate(merged):
            shared = draft.marks.keys() & other.marks.keys()
            if shared and all(draft.marks[release].says == other.marks[release].says for release in shared):
                merged[index] = _join(other, draft)
                break
        else:
            merged.append(draft)
    return merged if len(merged) == len(drafts) else _merge(merged)


def _join(one: _Draft, other: _Draft) -> _Draft:
    marks = dict(one.marks)
    for release, mark in other.marks.items():
        mine = marks.get(release)
        marks[release] = msgspec.structs.replace(mine, cells=mine.cells + mark.cells) if mine else mark
    return _Draft(
        hubs=tuple(dict.fromkeys(one.hubs + other.hubs)),
        flavours=tuple(dict.fromkeys(one.flavours + other.flavours)),
        marks=marks,
    )


def _label(draft: _Draft, drafts: Sequence[_Draft]) -> str:
    """What sets a lane apart from the others: its hub line, its Keras, or both."""
    if len(drafts) == 1:
        return ""
    parts = []
    if len(draft.hubs) == 1 and len({other.hubs for other in drafts if len(other.hubs) == 1}) > 1:
        parts.append(HUB_LINES[draft.hubs[0]])
    if len({other.flavours for other in drafts if set(other.hubs) & set(draft.hubs)}) > 1:
        parts.append("TF_USE_LEGACY_KERAS=1" if draft.flavours == ("legacy",) else "default Keras")
    return ", ".join(parts) or "any hub"


def _lane(draft: _Draft, label: str, axis: ReleaseAxis) -> Lane:
    marks = tuple(draft.marks.get(release) or Mark(release=release, state=MarkState.NONE) for release in axis.releases)
    return Lane(label=label, marks=marks, runs=runs_of(marks, axis), hubs=draft.hubs, flavours=draft.flavours)


def group_verdicts(
    verdicts: Iterable[VerdictRow],
) -> dict[tuple[str, str, Standing], tuple[VerdictRow, ...]]:
    """Verdicts by what a timeline is about: claim, way and standing."""

    def subject(row: VerdictRow) -> tuple[str, str, Standing]:
        return row.claim, row.way, row.standing

    return {key: tuple(rows) for key, rows in groupby(sorted(verdicts, key=subject), key=subject)}
