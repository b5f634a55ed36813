"""Everything the outputs show, derived once from the results and the claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.cells import FLOATING, CellInfo, CellStatus, ReleaseAxis, axis_of, cells_of
from conformance.claims.catalogue import Catalogue, Claim, Place
from conformance.comparing.comparison import compare
from conformance.comparing.surprises import is_surprising
from conformance.grouping import grouped
from conformance.judging.fitting import with_fitting_advice
from conformance.reporting.deviations import Deviation, find_deviations
from conformance.reporting.errors_index import ErrorEntry, ErrorIndex
from conformance.reporting.headline import Tally, release_name, tally
from conformance.reporting.shared_causes import with_shared_causes
from conformance.reporting.since import BASELINE, RUN, Since, since
from conformance.reporting.timeline import MarkState, Timeline, group_verdicts, speaks_of, timeline
from conformance.reporting.unobserved import LostCells, OpenVerdict, lost_cells, open_verdicts, unknown_claims
from conformance.results import ObservationRow, Results, VerdictRow
from conformance.words import Outcome, Source, Standing, Verdict


class CellEvidence(msgspec.Struct, frozen=True):
    """What one cell has to say about one claim."""

    cell: CellInfo
    verdicts: tuple[VerdictRow, ...]
    observations: tuple[ObservationRow, ...]


class ClaimView(msgspec.Struct, frozen=True):
    """A claim with its timelines (per way; those of implied probes apart) and its evidence."""

    claim: Claim
    place: Place
    literal: tuple[Timeline, ...]
    implied: tuple[Timeline, ...]
    evidence: tuple[CellEvidence, ...]

    def implied_of(self, way: str) -> Timeline | None:
        """The timeline of the implied probes of a way, if any was tried."""
        return next((line for line in self.implied if line.way == way), None)


class PlaceView(msgspec.Struct, frozen=True):
    """A place of the page with its own claims and, apart from them, those of its companions: "What the guides add"."""

    place: Place
    claims: tuple[ClaimView, ...]
    companions: tuple[ClaimView, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """A whole report.

    Attributes:
        newest: the newest numbered release that was observed; the headline speaks of it.
        tallies: of the newest numbered release and of the floating ones behind it.
        broken: the page's claims that literal probes contradict, `implied_broken` those that implied probes do;
            `exceeding` likewise.
        companion_broken: claims of the page's companions that literal or implied probes contradict; likewise.
        unexpected: the literal ones of them all that nobody forecast: what the exit code is about.
        since: what changed since the baseline, or since an earlier run; None where there is none to compare with.
    """

    results: Results
    cells: tuple[CellInfo, ...]
    releases: tuple[str, ...]
    newest: str
    tallies: tuple[Tally, ...]
    places: tuple[PlaceView, ...]
    broken: tuple[Deviation, ...]
    implied_broken: tuple[Deviation, ...]
    exceeding: tuple[Deviation, ...]
    implied_exceeding: tuple[Deviation, ...]
    companion_broken: tuple[Deviation, ...]
    companion_exceeding: tuple[Deviation, ...]
    lost: tuple[LostCells, ...]
    open: tuple[OpenVerdict, ...]
    unexpected: tuple[Deviation, ...]
    unknown: tuple[str, ...]
    errors: tuple[ErrorEntry, ...]
    error_index: ErrorIndex
    since: Since | None = None

    @property
    def headline(self) -> str:
        """The first sentence of every output."""
        if not self.tallies:
            return "Nothing was observed."
        return self.tallies[0].head(release_name(self.newest))

    @property
    def subheading(self) -> str:
        """The second sentence: what became of the other claims; empty if all hold."""
        return self.tallies[0].rest if self.tallies else ""

    @property
    def coverage(self) -> str:
        """How much of what was planned was observed, as a sentence."""
        planned = len(self.cells)
        seen = self.count(CellStatus.OBSERVED)
        if seen == planned:
            return {0: "No cell was planned.", 1: "The one planned cell was observed."}.get(
                planned, f"All {planned} planned cells were observed."
            )
        rest = [
            f"{count} {'is' if count == 1 else 'are'} {status}"
            for status in (CellStatus.MISSING, CellStatus.UNAVAILABLE)
            if (count := self.count(status))
        ]
        return f"{seen} of {planned} planned cells were observed; {' and '.join(rest)}."

    @property
    def reuse(self) -> str:
        """How much of it earlier runs observed, and since when, as a sentence; empty where this run observed it all."""
        rows = [row for row in self.results.environments if row.reused]
        if not rows:
            return ""
        count, every = sum(row.reused for row in rows), len(self.results.observations)
        many = f"All {every:,}" if count == every else f"{count:,} of {every:,}"
        since = min(row.reused_from for row in rows)[:10]
        return f"{many} observations are reused, the oldest of {since}: what they depend on has not changed since."

    def count(self, status: CellStatus) -> int:
        """How many cells are of that status."""
        return sum(cell.status is status for cell in self.cells)

    def verdict_counts(self, standing: Standing = Standing.LITERAL, *, companions: bool = False) -> dict[Verdict, int]:
        """How often each verdict was given on the page's claims (or on those of its companions), over all cells."""
        mine = {view.claim.id for view in (self.companion_views() if companions else self.claim_views())}
        counts = Counter(row.verdict for row in self.results.verdicts if row.standing is standing and row.claim in mine)
        return {verdict: counts[verdict] for verdict in Verdict}

    def outcome_counts(self) -> dict[Outcome, int]:
        """How often each outcome was observed, over all cells."""
        counts = Counter(row.outcome for row in self.results.observations)
        return {outcome: counts[outcome] for outcome in Outcome}

    def claim_views(self) -> Iterator[ClaimView]:
        """The page's own claims, in its order."""
        for view in self.places:
            yield from view.claims

    def companion_views(self) -> Iterator[ClaimView]:
        """The claims of the page's companions, in the page's order."""
        for view in self.places:
            yield from view.companions


def build_report(results: Results, claims: Catalogue, earlier: Results | None = None) -> Report:
    """Derives the report; a pure function of its arguments.

    Args:
        earlier: the run to say of what changed since; the baseline if there is none.
    """
    results = with_fitting_advice(with_shared_causes(results), claims)
    changes, noun = (compare(results, reference=earlier), RUN) if earlier else (results.changes, BASELINE)
    cells = cells_of(results)
    axis = axis_of(cells)
    errors = ErrorIndex(results.observations)
    by_claim = grouped(
        (claim, row) for row in results.observations for claim in dict.fromkeys(one.id for one in row.claims)
    )
    by_cell = grouped(
        (key, row)
        for row in results.observations
        for key in dict.fromkeys((row.cell, tested.id, tested.way) for tested in row.claims)
    )
    judged = group_verdicts(results.verdicts)
    places = _place_views(judged, claims, cells, axis, by_claim)
    page = _lines(view for place in places for view in place.claims)
    companions = _lines(view for place in places for view in place.companions)
    lost = lost_cells(cells)
    newest = axis.newest_numbered if axis.releases else ""
    shown = (newest, *(release for release in axis.releases if release in FLOATING and release != newest))

    def deviating(timelines: Sequence[Timeline], state: MarkState) -> tuple[Deviation, ...]:
        return find_deviations(timelines, state, axis, judged, by_cell, errors)

    broken, exceeding = deviating(page.literal, MarkState.CONTRADICTS), deviating(page.literal, MarkState.EXCEEDS)
    companion_broken = deviating(companions.both, MarkState.CONTRADICTS)
    companion_exceeding = deviating(companions.both, MarkState.EXCEEDS)
    return Report(
        results=results,
        cells=cells,
        releases=axis.releases,
        newest=newest,
        tallies=tuple(tally(release, page.literal) for release in shown if release),
        places=places,
        broken=broken,
        implied_broken=deviating(page.implied, MarkState.CONTRADICTS),
        exceeding=exceeding,
        implied_exceeding=deviating(page.implied, MarkState.EXCEEDS),
        companion_broken=companion_broken,
        companion_exceeding=companion_exceeding,
        lost=lost,
        open=open_verdicts((*page.literal, *companions.literal), lost),
        unexpected=tuple(
            item for item in (*broken, *exceeding, *companion_broken, *companion_exceeding) if is_surprising(item)
        ),
        unknown=unknown_claims(results.verdicts, claims),
        errors=errors.entries(),
        error_index=errors,
        since=since(changes, noun, judged, axis) if changes else None,
    )


def _place_views(
    verdicts: Mapping[tuple[str, str, Standing], Sequence[VerdictRow]],
    claims: Catalogue,
    cells: Sequence[CellInfo],
    axis: ReleaseAxis,
    observations: Mapping[str, Sequence[ObservationRow]],
) -> tuple[PlaceView, ...]:
    def views(place: Place, *, own: bool) -> tuple[ClaimView, ...]:
        return tuple(
            _claim_view(claim, place, verdicts, cells, axis, observations.get(claim.id, ()))
            for claim in claims.at(place)
            if (claim.source is Source.PAGE) == own
        )

    return tuple(
        PlaceView(place=place, claims=views(place, own=True), companions=views(place, own=False))
        for place in claims.places
    )


class _Lines(msgspec.Struct, frozen=True):
    """The timelines of some claims, by standing."""

    literal: tuple[Timeline, ...]
    implied: tuple[Timeline, ...]

    @property
    def both(self) -> tuple[Timeline, ...]:
        return (*self.literal, *self.implied)


def _lines(views: Iterable[ClaimView]) -> _Lines:
    views = tuple(views)
    return _Lines(
        literal=tuple(line for view in views for line in view.literal),
        implied=tuple(line for view in views for line in view.implied),
    )


def _claim_view(
    claim: Claim,
    place: Place,
    verdicts: Mapping[tuple[str, str, Standing], Sequence[VerdictRow]],
    cells: Sequence[CellInfo],
    axis: ReleaseAxis,
    observations: Sequence[ObservationRow],
) -> ClaimView:
    judged = {way for claim_id, way, _ in verdicts if claim_id == claim.id}
    known = claim.ways_or_itself()
    ways = (*known, *sorted(judged - set(known)))

    def lines(standing: Standing) -> tuple[Timeline, ...]:
        return tuple(
            timeline(claim, way, standing, verdicts.get((claim.id, way, standing), ()), cells, axis) for way in ways
        )

    rows = [row for key, group in verdicts.items() if key[0] == claim.id for row in group]
    spoken_of = [cell for cell in cells if speaks_of(claim, cell)]  # a probe may speak to claims of other modes as well
    return ClaimView(
        claim=claim,
        place=place,
        literal=lines(Standing.LITERAL),
        implied=tuple(line for line in lines(Standing.IMPLIED) if line.observed),
        evidence=_evidence(spoken_of, rows, observations),
    )


def _evidence(
    cells: Sequence[CellInfo], verdicts: Sequence[VerdictRow], observations: Sequence[ObservationRow]
) -> tuple[CellEvidence, ...]:
    """The evidence on one claim, newest release first: that is where readers start."""
    judged = grouped((row.cell, row) for row in verdicts)
    seen = grouped((row.cell, row) for row in observations)
    return tuple(
        CellEvidence(cell=cell, verdicts=tuple(judged.get(cell.id, ())), observations=tuple(seen.get(cell.id, ())))
        for cell in reversed(cells)
        if cell.id in judged or cell.id in seen
    )
