"""What candidates change, as it is written to candidate.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from conformance.changes import Comparison, EnvironmentChange, OutcomeChange, VerdictChange
from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.errors import ExitCode
from conformance.evidence import Record, Unavailable
from conformance.judging.judge import WHOLE_CELL
from conformance.results import ObservationRow, Results
from conformance.words import Change, Outcome, Word

SCHEMA = "candidate/1"


class CandidateEffect(Word):
    """What became of a probe with the candidate."""

    BROKEN = "broken"
    MENDED = "mended"
    CHANGED = "changed"
    UNCLEAR = "unclear"  # one side observed nothing that counts


_EFFECTS = {
    Change.REGRESSION: CandidateEffect.BROKEN,
    Change.FIXED: CandidateEffect.MENDED,
    Change.CHANGED: CandidateEffect.CHANGED,
    Change.NEW: CandidateEffect.UNCLEAR,
    Change.MISSING: CandidateEffect.UNCLEAR,
}
_CANNOT_IMPORT = ("import", "collect")  # stages at which what is installed is to blame, and not this machine
_HUNG = "was still running after"  # how the inside says so; a slow machine does it as well
_OTHER_KERAS = "but the cell asks for"  # likewise, of a tf.keras that is another one than that of the cell's name


class CandidateInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A candidate."""

    option: str  # by which it was given
    typed: str  # what was given
    kind: str  # "tree", "wheel", "sdist" or "requirement"
    package: str
    version: str = ""  # of a requirement, empty: the cells say which they got
    digest: str = ""  # sha256 of its wheel; empty for a requirement

    def __str__(self) -> str:
        return f"{self.package} {self.version} ({self.kind} {self.typed})" if self.version else self.typed


class CandidateCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell that was measured with the candidate."""

    cell: str
    environment: str
    replaced: tuple[str, ...]  # what differs between the two locks, as "tensorflow-hub 0.16.1 -> 0.17.0"
    compared: int  # how many probes were observed with and without it
    problem: str = ""  # why there is nothing to compare; empty where there is
    seconds: float = 0.0  # what observing it with the candidate took, when that was done


class CandidateFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A probe that shows a difference; or, where `probe` is "(cell)", that nothing can be imported any more."""

    effect: CandidateEffect
    cell: str
    environment: str
    probe: str
    claims: tuple[str, ...]  # what the page and the guides say about it, by id
    before: Outcome | None  # without the candidate; None where nothing was observed
    after: Outcome | None  # with it
    error: str  # with the candidate, in one line
    reproduce: str  # the command that observes it again
    error_before: str = ""  # the class of the error without it
    steps: str = ""  # what the probe does
    evidence: str = ""  # the whole error, as it was recorded, or what was noted
    forecast: str = ""  # the expectation that forecasts it of a released package

    @property
    def cause(self) -> tuple[object, ...]:
        """The same for findings that presumably have one cause: what happened, and the error without its numbers."""
        rule = alike_but_for_numbers(self.error.partition(": got ")[0])
        return self.effect, self.before, self.after, rule or self.probe


class CandidateResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What candidates change."""

    schema: str
    candidates: tuple[CandidateInfo, ...]
    command: str  # what can be typed to do it again
    harness: str
    started: str  # ISO 8601, UTC
    seconds: float
    cells: tuple[CandidateCell, ...]
    cannot: dict[str, str]  # the environments in which they cannot be installed, each with why
    notes: tuple[str, ...]  # what a reader should know
    findings: tuple[CandidateFinding, ...]
    verdicts: tuple[VerdictChange, ...]  # those that differ
    packages: tuple[EnvironmentChange, ...]  # which of the installed packages differ

    def of(self, effect: CandidateEffect) -> tuple[CandidateFinding, ...]:
        """The findings of one effect."""
        return tuple(finding for finding in self.findings if finding.effect is effect)

    @property
    def unmeasured(self) -> tuple[CandidateCell, ...]:
        """The cells of which there is nothing to compare."""
        return tuple(cell for cell in self.cells if cell.problem)

    @property
    def exit_code(self) -> ExitCode:
        """1 where something is worse; 4 where something that was observed without the candidate was not with it."""
        if self.of(CandidateEffect.BROKEN):
            return ExitCode.UNEXPECTED
        lost = any(finding.before and not _counts(finding) for finding in self.of(CandidateEffect.UNCLEAR))
        return ExitCode.INCOMPLETE if lost or self.unmeasured or not self.cells else ExitCode.AS_EXPECTED


def _counts(finding: CandidateFinding) -> bool:
    """Whether an unclear finding is merely that something was observed that was not observed before."""
    return finding.after is not None and finding.after not in (
        Outcome.TIMED_OUT,
        Outcome.BLOCKED,
        Outcome.UNAVAILABLE,
    )


def findings_of(comparison: Comparison, results: Results, reproduce: Mapping[str, str]) -> list[CandidateFinding]:
    """What differs between cells with and without the candidate.

    Args:
        results: of the cells with it.
        reproduce: cell -> the command that measures it with the candidate, to which a probe can be added.
    """
    rows = {(row.cell, row.probe): row for row in results.observations}
    return [_finding(change, rows.get((change.cell, change.probe)), reproduce) for change in comparison.outcomes]


def _finding(change: OutcomeChange, row: ObservationRow | None, reproduce: Mapping[str, str]) -> CandidateFinding:
    error = row.error if row else None
    evidence = f"{error.traceback}\n{error.type}: {error.message}".strip() if error else ""
    return CandidateFinding(
        effect=_EFFECTS[change.change],
        cell=change.cell,
        environment=change.environment,
        probe=change.probe,
        claims=change.claims,
        before=change.before,
        after=change.after,
        error=change.error or ("; ".join(row.notes) if row else ""),
        reproduce=f"{reproduce[change.cell]} --probe '{change.probe}'",
        error_before=change.error_before,
        steps=row.steps if row else "",
        evidence=evidence or ("\n".join(row.notes) if row else ""),
        forecast=change.forecast,
    )


def cannot_import(unavailable: Unavailable) -> bool:
    """Whether what is installed cannot be imported, whatever the machine.

    Where tf.keras becomes another Keras, what was imported is not what the cell is about: there is nothing to compare.
    """
    reason = unavailable.reason
    return unavailable.stage in _CANNOT_IMPORT and not reason.startswith(_HUNG) and _OTHER_KERAS not in reason


def import_finding(with_it: Record, without: Record, reproduce: str) -> CandidateFinding | None:
    """What it means that a cell imports on one side only; None where it imports on both, or nobody knows."""
    now, before = with_it.unavailable, without.unavailable
    if bool(now) is bool(before) or any(one and not cannot_import(one) for one in (now, before)):
        return None
    failed = now or before
    assert failed is not None
    line = f"{failed.error.type}: {failed.error.message.splitlines()[0]}" if failed.error else failed.reason
    return CandidateFinding(
        effect=CandidateEffect.BROKEN if now else CandidateEffect.MENDED,
        cell=with_it.header.cell,
        environment=with_it.header.environment,
        probe=WHOLE_CELL,
        claims=(),
        before=Outcome.UNAVAILABLE if before else Outcome.WORKS,
        after=Outcome.UNAVAILABLE if now else Outcome.WORKS,
        error=line if now else "",
        reproduce=reproduce,
        steps="Import TensorFlow and tensorflow_hub.",
        evidence=(failed.error.traceback if failed.error else "") or failed.detail,
    )


def problem_of(with_it: Record | None, without: Record | None) -> str:
    """Why two records of a cell cannot be compared; "" if they can, or if one of them does not import."""
    for name, record in (("with the candidate", with_it), ("without it", without)):
        if record is None:
            return f"it was not measured {name}"
        if record.unavailable and not cannot_import(record.unavailable):
            return f"{name}: {record.unavailable.reason}"
        if not record.unavailable and not record.complete:
            return f"it was cut short {name}"
    assert with_it is not None
    assert without is not None
    if with_it.unavailable and without.unavailable:
        return f"it imports neither with the candidate nor without it: {without.unavailable.reason}"
    return ""


def ordered(findings: Iterable[CandidateFinding], cells: Iterable[CandidateCell]) -> tuple[CandidateFinding, ...]:
    """What is worse first; of a cell that was not measured to its end, not each probe that is missing."""
    effects, cut_short = list(CandidateEffect), {cell.cell for cell in cells if cell.problem}
    kept = (one for one in findings if one.effect is not CandidateEffect.UNCLEAR or one.cell not in cut_short)
    return tuple(sorted(kept, key=lambda one: (effects.index(one.effect), bool(one.forecast))))
