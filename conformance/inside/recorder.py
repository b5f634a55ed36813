"""The part of the plugin that writes the record: in xdist's controller, or in the only process there is."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from conformance.inside import item, lines, watchdog
from conformance.inside.cell import CellRequest
from conformance.inside.observer import LINES
from conformance.words import Outcome

WATCH_FOLDER = "conformance_watch_folder"  # the key under which a worker is told where to leave its traces
_SECONDS_TO_DIE = 10


class Recorder:
    """Writes each line as soon as it is known: setting and plan before the first observation, then those one by one.

    The plan waits for the setting, so that where TensorFlow cannot be imported nothing is left to be missed.
    """

    def __init__(self, cell: CellRequest) -> None:
        self._cell = cell
        self._record = lines.RecordFile(cell.record)
        self._folder = Path(tempfile.mkdtemp(prefix="conformance-"))
        self._planned: list[str] = []
        self._wrote: set[str] = set()  # the kinds of line written so far
        self._latest: lines.Line = {}
        self._death: watchdog.Death | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker is about to start."""
        node.workerinput[WATCH_FOLDER] = str(self._folder / node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """A worker says which probes there are; one that replaces a dead worker says the same again."""
        self._planned = ids

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers, pytest says it."""
        self._planned = [found.nodeid for found in session.items]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of probes that cannot be imported leaves claims without a probe: nothing here would be complete."""
        if report.failed:
            self._give_up(lines.unavailable("collect", report.nodeid + " cannot be collected", report.longreprtext))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a probe has ended."""
        found: dict[str, Any] = getattr(report, LINES, {})
        if "unavailable" in found and not self._imported_before:
            self._give_up(found["unavailable"])
        if "setting" in found and "setting" not in self._wrote:
            self._write(found["setting"])
            self._write_plan()
        if "observation" in found:
            self._write_plan()
            self._latest = found["observation"]
            self._write(self._latest)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has gone; with an error, unasked. Where it could not even import or collect, none can."""
        if not error:
            return
        self._death = death = watchdog.read_death(self._folder / node.gateway.id, _exit_code(node))
        if death.phase == watchdog.COLLECTION:
            self._give_up(lines.unavailable("collect", death.sentence, death.detail))
        if death.phase == watchdog.IMPORT and not self._imported_before:
            self._give_up(lines.unavailable("import", death.sentence, death.detail))

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: Any) -> None:
        """The probe that was running, or was to run next, when the worker died: what it showed is still to be said."""
        if self._death is not None:
            setattr(report, LINES, {"observation": self._last_observation(crashitem, self._death)})

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Shows outcomes on the terminal, rather than "passed" and "failed"."""
        observed = getattr(report, LINES, {}).get("observation")
        if observed is None:
            return None
        outcome = observed["outcome"]
        return outcome, "." if outcome == Outcome.WORKS else outcome[0].upper(), outcome.upper()

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code says whether the cell was measured; what was measured is in the record."""
        if exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = pytest.ExitCode.OK
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            self._write_plan()

    def pytest_unconfigure(self) -> None:
        """All is said."""
        self._record.close()
        shutil.rmtree(str(self._folder), ignore_errors=True)

    @property
    def _imported_before(self) -> bool:
        """Whether TensorFlow is known to be usable here, so that a failure to import it is but one probe's bad luck."""
        return "setting" in self._wrote or self._cell.attempt > 1

    def _last_observation(self, nodeid: str, death: watchdog.Death) -> lines.Line:
        probe = item.probe_id(nodeid)
        if probe == self._latest.get("probe"):  # it had ended, and was putting its fixtures away
            return dict(self._latest, notes=self._latest["notes"] + ["afterwards: " + death.sentence])
        outcome, error, seconds = death.outcome, death.error, death.seconds
        if death.nodeid != nodeid or death.phase == watchdog.IMPORT:  # it did not even begin
            outcome, seconds = Outcome.BLOCKED, 0.0
        about = death.about.get(nodeid, {"probe": probe, "claims": [], "fixture": "", "steps": ""})
        return lines.observation(about, outcome.value, error, [], seconds, self._cell.attempt)

    def _write_plan(self) -> None:
        if not self._wrote & {"plan", "unavailable"}:
            self._write(lines.plan([item.probe_id(nodeid) for nodeid in self._planned]))

    def _write(self, line: lines.Line) -> None:
        self._wrote.add(line["kind"])
        self._record.append(line)

    def _give_up(self, unavailable: lines.Line) -> None:
        self._write(unavailable)
        pytest.exit(unavailable["reason"], returncode=int(pytest.ExitCode.OK))


def _exit_code(node: Any) -> int | None:
    """How the worker's process ended; execnet keeps it to itself."""
    process = getattr(getattr(node.gateway, "_io", None), "popen", None)
    try:
        return None if process is None else int(process.wait(timeout=_SECONDS_TO_DIE))
    except subprocess.TimeoutExpired:
        return None
