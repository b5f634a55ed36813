"""The part of the plugin that lives where the probes run: selects them, watches them, and reports what each showed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator

import pytest

from conformance.inside import classify, item, lines, met, setting, text, watchdog
from conformance.inside.cell import CellRequest
from conformance.inside.probe import ApiMissing
from conformance.words import Outcome

# What travels from the worker to the recorder, as an attribute of pytest's reports: a dict of record lines.
LINES = "conformance_lines"


class Observer:
    """Selects the probes that the cell asks for, and attaches the lines to be recorded to pytest's reports."""

    def __init__(self, cell: CellRequest, dog: watchdog.Watchdog) -> None:
        self.cell = cell
        self._dog = dog
        self._about: dict[str, dict[str, Any]] = {}
        self._lost: list[str] = []
        self._remarks: list[str] = []
        self._seconds = 0.0
        self._import_seconds = 0.0
        self._new_setting: dict[str, Any] | None = None

    def lost(self, what: str) -> None:
        """The running probe found that something is lost that should have been kept."""
        self._lost.append(what)

    def remark(self, what: str) -> None:
        """The running probe has something to say that does not matter to its outcome."""
        self._remarks.append(what)

    def load(self, then: Callable[[setting.Libraries], None]) -> setting.Libraries:
        """Imports the libraries; takes no time from the probe that happens to come first.

        Args:
            then: what is to be done before anything else is done with them; no watch is kept over it.

        Raises:
            setting.LibraryError: they cannot be used here.
        """
        self._dog.enter(watchdog.IMPORT, anew=True)
        started = time.perf_counter()
        libraries = setting.load(self.cell.mode, self.cell.keras)
        self._dog.end()
        then(libraries)
        self._import_seconds = time.perf_counter() - started
        self._new_setting = libraries.setting
        self._dog.enter(watchdog.SETUP, anew=True)
        return libraries

    @contextmanager
    def importing_elsewhere(self) -> Iterator[None]:
        """While another process imports the libraries, the running probe's time does not run."""
        self._dog.enter(watchdog.IMPORT, anew=True)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._import_seconds += time.perf_counter() - started
            self._dog.enter(watchdog.CALL, anew=True)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keeps the probes that the cell asks for."""
        wanted, unwanted = [], []
        for candidate in items:
            about = item.describe(candidate)
            claims = [claim["id"] for claim in about["claims"]]
            if self.cell.wants(about["probe"], claims):
                wanted.append(candidate)
                self._about[candidate.nodeid] = about
            else:
                unwanted.append(candidate)
        items[:] = wanted
        if unwanted:
            config.hook.pytest_deselected(items=unwanted)
        self._dog.knows(self._about)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A probe begins."""
        self._lost, self._remarks = [], []
        met.forget()
        self._seconds = self._import_seconds = 0.0
        self._dog.begin(item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        """Its fixtures are ready."""
        self._dog.enter(watchdog.CALL)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """It has ended, and its fixtures are put away, for which they have a time of their own."""
        self._dog.enter(watchdog.TEARDOWN, anew=True)

    def pytest_runtest_logfinish(self) -> None:
        """All is put away."""
        self._dog.end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Makes pytest's report of one phase, with the lines to be recorded attached; no other makes it after this."""
        assert call.when != "collect"
        self._seconds += call.duration
        found: dict[str, Any] = {}
        if self._new_setting is not None:
            found["setting"], self._new_setting = self._new_setting, None
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, setting.LibraryError):
            found["unavailable"] = error.unavailable
        if call.when == "call" or (call.when == "setup" and error is not None):
            found["observation"] = self._observation(item, call.when, error)
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="passed" if error is None else "failed",
            longrepr=None if error is None else _in_short(error),
            when=call.when,
            duration=call.duration,
        )
        setattr(report, LINES, found)
        return report

    def _observation(self, test: pytest.Item, phase: str, error: BaseException | None) -> lines.Line:
        if error is None:
            outcome = Outcome.DEGRADED if self._lost else Outcome.WORKS
        elif phase == "setup" and not isinstance(error, ApiMissing):
            outcome = Outcome.BLOCKED
        else:
            outcome = classify.outcome_of(error, [mark.args for mark in test.iter_markers("rejects")])
        return lines.observation(
            about=self._about[test.nodeid],
            outcome=outcome.value,
            error=None if error is None else classify.error_of(error),
            notes=[text.shorten(text.clean(note)) for note in self._lost + self._remarks],
            seconds=max(0.0, self._seconds - self._import_seconds),
            attempt=self.cell.attempt,
            errors_met=met.errors(error),
        )


def _in_short(error: BaseException) -> str:
    return "{}: {}".format(type(error).__name__, text.shorten(text.clean(classify.text_of(error))))
