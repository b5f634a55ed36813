"""What a night found out, as data: `night.json`, and what the next night compares itself with."""

from __future__ import annotations

import msgspec

from conformance.changes import PackageChange
from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import ExitCode
from conformance.words import Change, Outcome, Word

SCHEMA = "night/1"


class Status(Word):
    """How far a suspected regression can be trusted."""

    CONFIRMED = "confirmed"  # a repeat in a fresh environment saw it as well
    STANDING = "standing"  # confirmed in an earlier night, and still there
    FLAKY = "flaky"  # a repeat saw something else
    UNCONFIRMED = "unconfirmed"  # it could not be repeated


class NightFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A regression that this night suspected, and what became of the suspicion.

    Attributes:
        against: what it is worse than: the newest release's cell, "the night of 2026-10-20", or both.
        before: the outcome there.
        observed: the outcome of this night, then those of its repeats; None for a repeat that observed nothing.
        error: of this night, in one line.
        since: the first night (ISO date) that found it, this one included.
        reviewed: what makes it calm: the expectation that forecasts it, or that the baseline has that very outcome;
            empty if nobody has reviewed it.
        note: why it could not be repeated; empty where it was, or need not be.
        reproduce: the command that observes it again, with this night's packages.
    """

    cell: str
    environment: str
    probe: str
    claims: tuple[str, ...]
    status: Status
    against: tuple[str, ...]
    before: Outcome
    observed: tuple[Outcome | None, ...]
    error: str
    since: str
    reproduce: str
    reviewed: str = ""
    note: str = ""

    @property
    def after(self) -> Outcome | None:
        """The outcome of this night."""
        return self.observed[0]

    @property
    def stands(self) -> bool:
        """Whether it is known to be a regression, by this night or an earlier one."""
        return self.status in (Status.CONFIRMED, Status.STANDING)

    @property
    def alarming(self) -> bool:
        """Whether it asks for somebody: a regression that nobody has reviewed, however long it has been there."""
        return self.stands and not self.reviewed


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A probe that changed otherwise: for the better, or in something that no claim promises.

    Attributes:
        against: what it is compared with, as in `NightFinding`.
    """

    change: Change
    cell: str
    probe: str
    against: str
    before: Outcome | None
    after: Outcome | None
    error: str


class PackageDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The packages of an environment that are not what they were.

    Attributes:
        against: the newest release's environment, or "the night of 2026-10-20".
    """

    environment: str
    against: str
    packages: tuple[PackageChange, ...]


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An environment of the night.

    Attributes:
        lock: where its lock is, below the reports; empty where it could not be resolved.
        packages: the version of every package in the lock.
        reference: whether it is the newest release, with which the others are compared.
        hub_nightly: whether its tensorflow_hub is the nightly build, which no bisection can hold.
    """

    environment: str
    lock: str
    packages: dict[str, str]
    reference: bool = False
    hub_nightly: bool = False


class Absent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An environment that does not exist on that day: there is no release candidate at the moment, say."""

    environment: str
    reason: str


class Unmeasured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell that the night does not know enough of.

    Attributes:
        last: the last night that measured it; empty if there was none.
    """

    cell: str
    reason: str
    last: str


class UnpinnedState(Word):
    """What became of the unpinned install since the night before."""

    FIRST = "first seen"
    WORKS_AGAIN = "works again"
    BROKE = "no longer works"
    FAILS_DIFFERENTLY = "fails differently"
    PACKAGES_CHANGED = "other packages"
    UNCHANGED = "unchanged"
    UNOBSERVED = "not observed"


class UnpinnedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unpinned install of the night; it takes no part in any verdict on the page.

    Attributes:
        against: the night (ISO date) it is compared with; empty if there is none.
    """

    seen: UnpinnedInstall
    state: UnpinnedState
    against: str
    packages: tuple[PackageChange, ...]


class Night(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A night.

    Attributes:
        date: the day (ISO, UTC) as of which everything was resolved: what the night is named after.
        replayed: whether that was asked for (--as-of), rather than being the day of the run.
        started, finished: of the run, ISO 8601, UTC.
        examples: the generated models that each property-based probe tried.
        previous: the night before, by cell; a cell that no earlier night measured is not there.
        differences: against the night before; then against the newest release.
    """

    schema: str
    date: str
    replayed: bool
    started: str
    finished: str
    harness: str
    examples: int
    cells: tuple[str, ...]
    reference: dict[str, str]
    previous: dict[str, str]
    environments: tuple[Tried, ...]
    packages: tuple[PackageDifference, ...]
    findings: tuple[NightFinding, ...]
    differences: tuple[Difference, ...]
    plain: UnpinnedChange
    absent: tuple[Absent, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()

    def of(self, status: Status) -> tuple[NightFinding, ...]:
        """The findings of that status."""
        return tuple(finding for finding in self.findings if finding.status is status)


def exit_code(night: Night) -> ExitCode:
    """What the night amounts to.

    1 where a confirmed regression, new or standing, has not been reviewed: an alarm that falls silent after one night
    would be missed by whoever was away. What is reviewed (an expectation forecasts it, or it was accepted into the
    baseline) is calm, as is what is flaky.
    1 as well where the unpinned install imported the night before and no longer does.
    4 where something was not measured, or is suspected and could not be repeated.
    """
    if any(finding.alarming for finding in night.findings) or night.plain.state is UnpinnedState.BROKE:
        return ExitCode.UNEXPECTED
    unsettled = any(finding.status is Status.UNCONFIRMED and not finding.reviewed for finding in night.findings)
    if unsettled or night.unmeasured or night.plain.state is UnpinnedState.UNOBSERVED:
        return ExitCode.INCOMPLETE
    return ExitCode.AS_EXPECTED
