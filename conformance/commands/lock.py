"""`lock`: resolves lock files anew; a new one takes the old one's place only once it has been imported."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from conformance.command_line.parsing import Arguments
from conformance.commands.answer import CommandResult
from conformance.environments.catalogue import Environment, Releases, load_releases
from conformance.environments.host_requirements import lock_host_requirements
from conformance.environments.locking import Locked, lock_environments
from conformance.errors import ExitCode, UsageError, near_miss
from conformance.running.places import default_places
from conformance.running.process import INTERRUPTED, interruptible


def run(arguments: Arguments) -> int | CommandResult:
    """Locks what was asked for; an environment that fails keeps its old lock."""
    chosen = () if arguments.host else matching(arguments.only, load_releases())
    done: list[Locked] = []
    try:
        with interruptible():
            if chosen:
                workspace = default_places().work / "locking"
                done += lock_environments(chosen, workspace=workspace, report=_report, jobs=max(1, arguments.jobs))
            if not arguments.only:
                done += lock_host_requirements(report=_report)
    except KeyboardInterrupt:
        print("Interrupted; what had been locked stays locked.")
        return INTERRUPTED
    failed = [one.name for one in done if one.failure]
    if failed:
        print(f"Not locked, and left as they were: {', '.join(failed)}.")
    document = [
        {"name": one.name, "path": str(one.path), "changes": one.changes, "failure": str(one.failure or "")}
        for one in done
    ]
    return CommandResult(ExitCode.INCOMPLETE if failed else ExitCode.AS_EXPECTED, document)


def matching(globs: Sequence[str], releases: Releases) -> tuple[Environment, ...]:
    """The environments that have a lock and match any of the globs; all if there are none.

    Raises:
        UsageError: a glob matches nothing.
    """
    lockable = [environment for environment in releases.environments if not environment.release.floating]
    for glob in globs:
        if not any(fnmatchcase(environment.id, glob) for environment in lockable):
            raise UsageError(
                f'no environment with a lock matches "{glob}".',
                where="selection, --only",
                remedy=near_miss(glob, [environment.id for environment in lockable]),
            )
    return tuple(
        environment for environment in lockable if not globs or any(fnmatchcase(environment.id, glob) for glob in globs)
    )


def _report(locked: Locked, done: int, total: int) -> None:
    what = f"failed: {locked.failure}" if locked.failure else ", ".join(locked.changes) or "unchanged"
    print(f"[{done}/{total}] {locked.name}, {locked.seconds:.0f} s: {what}", flush=True)
