"""`lock`: resolves lock files anew; a new one takes the old one's place only once it has been imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import asdict

from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.environments.catalogue import Environment, Releases, load_releases
from conformance.environments.host_requirements import lock_host_requirements
from conformance.environments.locking import Locked, lock_environments
from conformance.environments.unavailable import UnavailableError
from conformance.environments.without_pins import Try, add_tries, try_without
from conformance.errors import ExitCode, matching
from conformance.running.places import default_places


def run(arguments: Arguments) -> CommandResult:
    """Locks what was asked for; an environment that fails keeps its old lock."""
    chosen = () if arguments.host else lockable(arguments.only, load_releases())
    if arguments.without_pins:
        return _try_without_pins(chosen)
    done: list[Locked] = []
    if chosen:
        workspace = default_places().work / "locking"
        done += lock_environments(chosen, workspace=workspace, report=_report, jobs=max(1, arguments.jobs))
    if not arguments.only:
        done += lock_host_requirements(report=_report)
    failed = [one.name for one in done if one.failure]
    if failed:
        print(f"Not locked, and left as they were: {', '.join(failed)}.")
    document = [
        {"name": one.name, "path": str(one.path), "changes": one.changes, "failure": str(one.failure or "")}
        for one in done
    ]
    return CommandResult(ExitCode.INCOMPLETE if failed else ExitCode.AS_EXPECTED, document)


def _try_without_pins(chosen: Sequence[Environment]) -> CommandResult:
    """Installs each environment without each of its pins, and keeps what Python then prints."""
    done: list[Try] = []
    failed: list[str] = []
    work = default_places().work
    work.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=work) as folder:
        for environment, pin in ((one, pin) for one in chosen for pin in one.release.pins):
            try:
                done.append(try_without(pin, environment, load_releases(), Path(folder)))
            except UnavailableError as error:
                failed.append(f"{environment.id} without {pin}: {error}")
                print(f"Not tried: {failed[-1]}", flush=True)
                continue
            errors = [error.type or "NumPy's notice" for error in done[-1].errors]
            print(f"{environment.id} without {pin} ({done[-1].brought}): {', '.join(errors) or 'works'}", flush=True)
            add_tries(done[-1:])
    return CommandResult(ExitCode.INCOMPLETE if failed else ExitCode.AS_EXPECTED, [asdict(one) for one in done])


def lockable(globs: Sequence[str], releases: Releases) -> tuple[Environment, ...]:
    """The environments that have a lock and match any of the globs; all if there are none."""
    known = {one.id: one for one in releases.environments if not one.release.floating}
    chosen = matching(globs, known, what="environment with a lock", where="selection, --only") if globs else known
    return tuple(one for name, one in known.items() if name in chosen)


def _report(locked: Locked, done: int, total: int) -> None:
    what = f"failed: {locked.failure}" if locked.failure else ", ".join(locked.changes) or "unchanged"
    print(f"[{done}/{total}] {locked.name}, {locked.seconds:.0f} s: {what}", flush=True)
