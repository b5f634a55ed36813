"""support.json: what holds in which releases, as intervals per claim, for machines; after browser-compat-data."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.reporting.model import ClaimView, Report
from conformance.reporting.timeline import HUB_MODULE_REMOVED_IN, Lane, MarkRun, MarkState, Timeline
from conformance.results import VerdictRow
from conformance.words import Format, Level, Mode, Operation, Package, Source, Standing

SCHEMA = "support/1"


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Neighbouring releases that say the same of a claim.

    Attributes:
        first: the oldest of them: "2.16".
        last: the newest of them; null where that is the newest release of the run, so that nothing says it ended.
        releases: all of them, oldest first.
        state: a verdict, or "missing" or "not run" where there is none.
        qualifier: "" or what the verdict carries: "minor", "noted", "hazard", "unclear" or "dangerous".
        expected: whether it is what the page says, or a reviewed expectation forecasts it.
        expectation: the id of that expectation; "" if there is none.
        blame: whom the deviation is put down to; null where nobody has reviewed it.
        cause: why, in a few words; "" likewise.
        instead: what to do instead, as far as the run proves it for one of these releases.
        cells: the cells that were observed.
    """

    first: str
    last: str | None
    releases: tuple[str, ...]
    state: MarkState
    qualifier: str
    expected: bool
    expectation: str
    blame: Package | None
    cause: str
    instead: tuple[str, ...]
    cells: tuple[str, ...]


class SupportedSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The intervals of one way of trying a claim, with the hubs and the Keras in which they are the same.

    Attributes:
        way: the claim's way; "" where it has but one.
        hub: a version specifier: "<0.16", ">=0.16", or "" for either.
        keras: "default", "legacy" (TF_USE_LEGACY_KERAS=1), or "" for either.
    """

    way: str
    hub: str
    keras: str
    intervals: tuple[Interval, ...]


class ClaimSupport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A claim and where it holds.

    Attributes:
        source: who states it: the page, or one of its companions.
        reference: which guide, file or thread states a companion.
        evidence: where index.html shows the evidence.
    """

    statement: str
    source: Source
    reference: str
    place: str
    format: Format | None
    operation: Operation
    level: Level
    condition: str
    call: str
    modes: tuple[Mode, ...]
    ways: dict[str, str]
    evidence: str
    support: tuple[SupportedSetting, ...]


class Support(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        finished: when the run that it was derived from ended; ISO 8601, UTC.
        releases: release -> the TensorFlow version that was observed, oldest first; "" where it is not known.
        claims: by their ids.
    """

    schema: str
    finished: str
    harness: str
    releases: dict[str, str]
    claims: dict[str, ClaimSupport]


def support_of(report: Report) -> Support:
    """The support intervals of every claim, those of the page's companions included."""
    versions = {cell.release: cell.tf for cell in report.cells}
    judged: dict[tuple[str, str, str], VerdictRow] = {
        (row.claim, row.way, row.cell): row for row in report.results.verdicts if row.standing is Standing.LITERAL
    }
    return Support(
        schema=SCHEMA,
        finished=report.results.run.finished,
        harness=report.results.run.harness,
        releases={release: versions[release] for release in report.releases},
        claims={
            view.claim.id: _claim_support(view, report.releases, judged)
            for views in (report.claim_views(), report.companion_views())
            for view in views
        },
    )


def _claim_support(
    view: ClaimView, releases: tuple[str, ...], judged: dict[tuple[str, str, str], VerdictRow]
) -> ClaimSupport:
    claim = view.claim
    return ClaimSupport(
        statement=claim.statement,
        source=claim.source,
        reference=claim.reference,
        place=claim.place,
        format=view.place.format,
        operation=view.place.operation,
        level=claim.level,
        condition=claim.condition,
        call=claim.call.strip(),
        modes=claim.modes,
        ways=claim.ways,
        evidence=f"index.html#claim-{claim.id}",
        support=tuple(_setting(line, lane, releases, judged) for line in view.literal for lane in line.lanes),
    )


def _setting(
    line: Timeline, lane: Lane, releases: tuple[str, ...], judged: dict[tuple[str, str, str], VerdictRow]
) -> SupportedSetting:
    border = ".".join(str(number) for number in HUB_MODULE_REMOVED_IN)
    hubs: dict[tuple[str, ...], str] = {
        ("old",): f"<{border}",
        ("new",): f">={border}",
        ("new", "nightly"): f">={border}",
        ("nightly",): f">={border},!={border}.*",
    }

    def rows(run: MarkRun) -> Iterable[VerdictRow]:
        keys = ((line.claim.id, line.way, cell) for mark in run.marks for cell in mark.cells)
        return (judged[key] for key in keys if key in judged)

    return SupportedSetting(
        way=line.way,
        hub=hubs.get(lane.hubs, ""),
        keras=lane.flavours[0] if len(lane.flavours) == 1 and len(line.lanes) > 1 else "",
        intervals=tuple(_interval(run, releases[-1], tuple(rows(run))) for run in lane.runs),
    )


def _interval(run: MarkRun, newest: str, rows: tuple[VerdictRow, ...]) -> Interval:
    first, known = run.first, run.first.expectation
    return Interval(
        first=first.release,
        last=None if run.last.release == newest else run.last.release,
        releases=tuple(mark.release for mark in run.marks),
        state=first.state,
        qualifier=first.qualifier,
        expected=first.expected,
        expectation=known.id if known else "",
        blame=known.blame if known else None,
        cause=(known.cause or known.reason) if known else "",
        instead=tuple(dict.fromkeys(one.do for row in rows for one in row.instead)),
        cells=tuple(cell for mark in run.marks for cell in mark.cells),
    )
