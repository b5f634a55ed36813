"""A nightly run: finds out what there is on a day, measures it, compares, and repeats what is suspected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from packaging.requirements import Requirement
from packaging.version import Version

from conformance.environments.catalogue import Cell, Environment, cells_of
from conformance.environments.lock_file import read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import UsageError
from conformance.evidence import Record, Unavailable
from conformance.history.store import History, StoredNight
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.night import SCHEMA, Absent, Night, NightFinding, Tried, Unmeasured
from conformance.nightly.comparing import EarlierNight, compare_night, compare_unpinned, name_of, package_differences
from conformance.nightly.confirming import Repeat, Repeater, confirm
from conformance.nightly.driver import NightlyDriver
from conformance.nightly.subjects import choose, pair, reference
from conformance.results import Results
from conformance.snapshot import Snapshot, records_of
from conformance.words import Outcome

# How many nights back a cell is looked for: after more than a month its packages have little in common with today's.
_NIGHTS_BACK = 40
_AT_ONCE = 4  # a resolution mostly waits for the index
_ABOUT = ("tensorflow", "tf-", "keras")  # begin the names of the packages that a nightly run is about
INTERRUPTED = "the night was interrupted"


class NightlyRequest(msgspec.Struct, frozen=True):
    """Which night is asked for, and how it is run.

    Attributes:
        date: ISO, UTC.
        replayed: whether it is a past night.
        root: the checkout, where commands are typed.
        reports: the folder below which its locks are.
        only: shell-style patterns of the cells that it is about; those they are measured against come along.
    """

    date: str
    replayed: bool
    examples: int
    harness: str
    root: Path
    reports: Path
    only: tuple[str, ...] = ("*",)

    def judge(self, records: Sequence[Record], cells: Sequence[Cell], rules: Rules, reused: Sequence[str]) -> Results:
        """Judges records of planned cells, some of which were reused, under today's claims and expectations."""
        return judge(records, JudgedRun(cells, name_of(self.date), self.harness, reused=reused), rules)


class NightlyRun(msgspec.Struct, frozen=True):
    """A night and its evidence."""

    night: Night
    results: Results


class Availability(msgspec.Struct, frozen=True):
    """What there is on that day, by environment id."""

    environments: tuple[Environment, ...]
    locks: dict[str, Path]
    lost: dict[str, Unavailable]  # why an environment that is there could not be resolved
    absent: tuple[Absent, ...]  # why one is not there at all


def run_nightly(
    request: NightlyRequest,
    rules: Rules,
    accepted: Mapping[tuple[str, str], Outcome],
    driver: NightlyDriver,
    history: History,
    say: Callable[[str], None],
) -> NightlyRun:
    """Measures, compares and confirms; writes nothing.

    Args:
        accepted: the outcomes of the baseline, by cell and probe.
    """
    started = _now()
    measure = reference(rules.releases)
    chosen = choose(request.only, rules.releases)
    say(f"The night of {request.date}: asking the index{' as of that day' if request.replayed else ''}.")
    found = _look_up(tuple(dict.fromkeys(cell.environment for cell in chosen)), driver, request.date)
    about = [cell for cell in chosen if cell.environment in found.environments]
    paired = pair(about, measure)
    references = {cell_id: cell.id for cell_id, cell in paired.items()}
    cells = [*(cell for cell in cells_of(measure) if cell in paired.values()), *about]
    for line in _announced(found, cells, measure):
        say(line)
    measured = driver.measure(cells, found.locks, found.lost)
    results = request.judge(measured.records, cells, rules, measured.reused)
    nights = list(islice(history.nights_before(request.date), _NIGHTS_BACK))
    earlier = [
        EarlierNight(night, request.judge(records_of(part, history.folder), left, rules, ()))
        for night, part, left in _last_measured(nights, cells)
    ]
    compared = compare_night(results, references, earlier, accepted=accepted, date=request.date)
    locks = {measure.id: measure.lock, **found.locks}
    suspects = confirm(
        [_reproducible(finding, found.locks, request.root) for finding in compared.suspects],
        _repeater(driver, cells, locks, say, interrupted=measured.interrupted),
    )
    unpinned = _unpinned(driver, say, interrupted=measured.interrupted)
    before = [stored.night for stored in nights]
    previous = {row.cell: each.night.date for each in earlier for row in each.results.environments}
    environments = tuple(_tried(one, locks, request.reports, measure) for one in (measure, *found.environments))
    return NightlyRun(
        Night(
            schema=SCHEMA,
            date=request.date,
            replayed=request.replayed,
            started=started,
            finished=_now(),
            harness=request.harness,
            examples=request.examples,
            cells=tuple(cell.id for cell in cells),
            reference=references,
            previous=previous,
            environments=environments,
            packages=package_differences(environments, measure.id, before),
            findings=(*suspects, *(_reproducible(finding, found.locks, request.root) for finding in compared.standing)),
            differences=compared.differences,
            plain=compare_unpinned(unpinned, before),
            absent=found.absent,
            unmeasured=tuple(_unmeasured(results, previous)),
        ),
        results,
    )


def _repeater(
    driver: NightlyDriver,
    cells: Sequence[Cell],
    locks: Mapping[str, Path],
    say: Callable[[str], None],
    *,
    interrupted: bool,
) -> Repeater:
    """Repeats probes of a cell, and says so; once interrupted, it leaves the rest alone."""
    by_id = {cell.id: cell for cell in cells}

    def repeat(cell_id: str, probes: tuple[str, ...], number: int) -> Repeat:
        nonlocal interrupted
        if interrupted:
            return Repeat(problem=INTERRUPTED)
        cell = by_id[cell_id]
        say(f"Suspected in {cell_id}: {len(probes)} probes; repeat {number}, in an environment built anew.")
        try:
            return driver.repeat(cell, locks[cell.environment.id], probes, number)
        except KeyboardInterrupt:
            interrupted = True
            return Repeat(problem=INTERRUPTED)

    return repeat


def _look_up(environments: Sequence[Environment], driver: NightlyDriver, date: str) -> Availability:
    """Finds out which of the environments there are on that day, side by side."""

    def one(environment: Environment) -> Path | Unavailable | Absent:
        try:
            if reason := _absence(environment, driver.offered(environment), date):
                return Absent(environment.id, reason)
            return driver.resolve(environment)
        except UnavailableError as error:
            return error.unavailable

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        came = dict(zip((environment.id for environment in environments), executor.map(one, environments), strict=True))
    absent = tuple(each for each in came.values() if isinstance(each, Absent))
    if len(absent) == len(environments):
        raise UsageError(
            " ".join(each.reason for each in absent),
            where=f"the night of {date}",
            remedy="Name a later day with --as-of. An index that gives no upload times offers none as of a past day.",
        )
    return Availability(
        environments=tuple(one for one in environments if not isinstance(came[one.id], Absent)),
        locks={name: each for name, each in came.items() if isinstance(each, Path)},
        lost={name: each for name, each in came.items() if isinstance(each, Unavailable)},
        absent=absent,
    )


def _absence(environment: Environment, offered: str, date: str) -> str:
    """Why an environment is not there on that day; empty where it is."""
    wanted = Requirement(environment.release.requirement)
    if not offered:
        return f"The index offers no {wanted} as of {date}."
    if not Version(offered).is_prerelease:
        return f"{wanted.name} {offered} is released: nothing newer is a candidate. Give it a row in releases.toml."
    return ""


def _announced(found: Availability, cells: Sequence[Cell], measure: Environment) -> Iterator[str]:
    yield f"Cells: {len(cells)}; measured against {measure.id}, which is measured in the same night"
    for environment in found.environments:
        if lock := found.locks.get(environment.id):
            packages = read_lock(lock).packages.items()
            about = (f"{name} {version}" for name, version in packages if name.startswith(_ABOUT))
            yield f"  {environment.id}: {', '.join(about)}"
        else:
            yield f"  {environment.id}: not resolved: {found.lost[environment.id].reason}"
    yield from (f"  {each.environment}: {each.reason}" for each in found.absent)


def _last_measured(
    nights: Sequence[StoredNight], cells: Sequence[Cell]
) -> Iterator[tuple[Night, Snapshot, Sequence[Cell]]]:
    """The nights that were the last to measure a cell to its end, each with the cells of which that is true."""
    left = {cell.id: cell for cell in cells}
    for stored in nights:
        there = [one for one in stored.snapshot.cells if one.cell in left and not one.missing and not one.unavailable]
        if there:
            snapshot = msgspec.structs.replace(stored.snapshot, cells=tuple(there))
            yield stored.night, snapshot, [left.pop(one.cell) for one in there]
        if not left:
            return


def _unpinned(driver: NightlyDriver, say: Callable[[str], None], *, interrupted: bool) -> UnpinnedInstall:
    if interrupted:
        return UnpinnedInstall("", unobserved=INTERRUPTED)
    say("The unpinned install: resolving, installing, importing.")
    try:
        return driver.unpinned()
    except KeyboardInterrupt:
        return UnpinnedInstall("", unobserved=INTERRUPTED)


def _tried(environment: Environment, locks: Mapping[str, Path], reports: Path, measure: Environment) -> Tried:
    lock = locks.get(environment.id)
    if lock is None:
        return Tried(environment.id, "", {}, hub_nightly=bool(environment.hub_nightly))
    name = str(lock.relative_to(reports)) if lock.is_relative_to(reports) else lock.name
    return Tried(environment.id, name, read_lock(lock).packages, environment == measure, bool(environment.hub_nightly))


def _reproducible(finding: NightFinding, locks: Mapping[str, Path], root: Path) -> NightFinding:
    """The finding with a command that observes it with this night's packages, not with those of the day it is typed."""
    if lock := locks.get(finding.environment):
        typed = lock.relative_to(root) if lock.is_relative_to(root) else lock
        command = f'nox -s "cell({finding.cell})" -- --lock {typed} --probe "{finding.probe}"'
        return msgspec.structs.replace(finding, reproduce=command)
    return finding


def _unmeasured(results: Results, previous: Mapping[str, str]) -> Iterator[Unmeasured]:
    for row in results.environments:
        if row.unavailable:
            yield Unmeasured(row.cell, row.unavailable, previous.get(row.cell, ""))
    for cell, reason in results.run.cells_missing.items():
        yield Unmeasured(cell, reason, previous.get(cell, ""))


def _now() -> str:
    """The seam for the time."""
    return datetime.now(UTC).isoformat(timespec="seconds")
