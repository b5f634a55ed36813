"""Asks a fresh process: one that has imported TensorFlow and nothing else, and does what several probes ask of it.

Whether an artifact outlives its source shows only in a process that never saw what it was made from. One that is forked
by a probe would not do: it inherits the graph, the variables and the cache of its parent, and it hangs once TensorFlow
has run an op. A new interpreter would cost an import of TensorFlow. So a cell has one child, forked when the probes'
process has imported TensorFlow and before it runs anything (`spare.py`), and closed with the last probe:

    from conformance.inside.fresh import loading

    def test_something(tf, hub, fresh, tmp_path):
        tf.saved_model.save(model, path)
        got = fresh.ask(loading.hub_load, path, [batch])

What is asked is a function at the top of a module: the child imports it by its name and calls it with its own `tf` and
`hub` (in the cell's mode, with the cell's Keras) and the arguments, which travel by pickle, as does what it returns. So
it takes and gives arrays, texts, numbers and containers of them, and neither tensors nor models. It begins with an
empty default graph, a cleared Keras session and new random numbers, and leaves nothing behind. Its module must import
TensorFlow nowhere at its top.

Where the function raises, `ask` raises FreshProcessError, which counts as that error would in the probe's process:
`@rejects` and `checks.refused` match it by its class and text, and the record keeps its text, frames and origin. A
child that dies (an abort in C++, a time-out) gives the outcome `crashed` or `timed-out`; the next question starts
another.

A child in another setting is asked for by a name, under which all probes of the cell share it:

    fresh = fresh_processes.get("one-thread", environment={"OMP_NUM_THREADS": "1"})

`setup(tf, hub)` runs once, before any op; `environment` holds variables on top of ours; `mode` is another mode. A child
with another environment or mode is a new interpreter, as is one that takes the place of the dead when no spare is left.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Callable, ContextManager, Mapping

from conformance.inside import met, watchdog
from conformance.inside.cell import CellUnderTest
from conformance.inside.fresh import child
from conformance.inside.fresh.spare import Spares, Started
from conformance.inside.probe import Blocked, FreshProcessError
from conformance.words import Mode

_ROOT = Path(__file__).resolve().parents[3]
# Parts of a probe's time, so that the child counts as hung before the probe that waits for it does.
_TO_IMPORT, _TO_ANSWER = 0.8, 0.6
_GRACE = 5.0  # seconds that a child has to end after its watchdog has struck, or after nobody needs it any more
_NOTHING: Mapping[str, str] = {}

Setup = Callable[[Any, Any], None]
Importing = Callable[[], ContextManager[None]]


class FreshProcesses:
    """The fresh processes of a cell, by name; each is started when it is first asked something.

    Args:
        importing: entered while a probe waits until TensorFlow is imported there.
        spares: those that were forked; none where there are none.
    """

    def __init__(self, cell: CellUnderTest, importing: Importing, spares: Spares) -> None:
        self._cell = cell
        self._importing = importing
        self._spares = spares
        self._processes: dict[str, FreshProcess] = {}

    def get(
        self,
        name: str = "plain",
        *,
        setup: Setup | None = None,
        environment: Mapping[str, str] = _NOTHING,
        mode: str | None = None,
    ) -> FreshProcess:
        """The process called `name`; the other arguments say how to start it where it is not there yet."""
        if name not in self._processes:
            self._processes[name] = FreshProcess(
                self._cell, self._importing, self._spares, setup, environment, Mode(mode or self._cell.mode)
            )
        return self._processes[name]

    def close(self) -> None:
        """Ends them all."""
        for process in self._processes.values():
            process.close()
        self._processes.clear()
        for spare in self._spares.take_all():
            _Running(self._cell, spare).close()


class FreshProcess:
    """One fresh process; see the module's docstring."""

    def __init__(
        self,
        cell: CellUnderTest,
        importing: Importing,
        spares: Spares,
        setup: Setup | None,
        environment: Mapping[str, str],
        mode: Mode,
    ) -> None:
        self._cell = cell
        self._importing = importing
        self._spares = spares
        self._setup = setup
        self._environment = environment
        self._mode = mode
        self._running: _Running | None = None

    def start(self) -> None:
        """Starts it, without waiting until TensorFlow is imported there: that goes on beside what the caller does."""
        if self._running is None:
            plain = not self._environment and self._mode is self._cell.mode
            spare = self._spares.take() if plain else None
            self._running = _Running(self._cell, spare or _interpreter(self._cell, self._environment, self._mode))

    def ask(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Calls `function(tf, hub, *arguments, **named)` there, and returns what it returns.

        Raises:
            FreshProcessError: the function raised, or the process died.
            Blocked: TensorFlow cannot be imported, or set up, there.
        """
        self.start()
        running = self._running
        assert running is not None
        try:
            if not running.is_ready:
                with self._importing():
                    running.wait_until_ready(self._setup)
            return running.ask(function, arguments, named)
        except (Blocked, _Died) as error:
            self._running = None
            running.close()
            if isinstance(error, Blocked):
                raise
            raise error.observed from None

    def close(self) -> None:
        """Ends it, if it runs."""
        if self._running is not None:
            self._running.close()
            self._running = None


def seconds_to_answer(cell: CellUnderTest) -> float:
    """The seconds after which what is asked counts as hung."""
    return _TO_ANSWER * cell.timeout


def _interpreter(cell: CellUnderTest, environment: Mapping[str, str], mode: Mode) -> Started:
    """Starts a child that imports TensorFlow itself."""
    folder = Path(tempfile.mkdtemp(prefix="fresh-"))
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", child.__name__, str(theirs.fileno()), str(folder)),
                *(str(_TO_IMPORT * cell.timeout), str(seconds_to_answer(cell)), mode.value, cell.keras.value),
            ],
            cwd=str(_ROOT),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return Started(process, Connection(ours.detach()), folder)


class _Died(Exception):  # noqa: N818 - it says what became of the child
    def __init__(self, observed: FreshProcessError) -> None:
        super().__init__(str(observed))
        self.observed = observed


class _Running:
    """A child that was started."""

    def __init__(self, cell: CellUnderTest, started: Started) -> None:
        self.is_ready = False
        self._to_import, self._to_answer = _TO_IMPORT * cell.timeout, seconds_to_answer(cell)
        self._process, self._connection, self._folder = started

    def wait_until_ready(self, setup: Setup | None) -> None:
        failure = self._receive(self._to_import)
        if failure is not None:
            raise Blocked("A fresh process cannot be used: {}".format(failure))
        if setup is not None:
            try:
                self.ask(setup, (), {})
            except FreshProcessError as error:
                raise Blocked("A fresh process cannot be set up: {}".format(error)) from error
        self.is_ready = True

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        current = os.environ.get(child.CURRENT_TEST, "")
        try:
            self._connection.send(child.Request(function.__module__, function.__name__, arguments, named, current))
        except OSError:
            self._has_died()
        answer: child.Answer = self._receive(self._to_answer)
        met.add(answer.errors_met)
        if isinstance(answer.found, child.Failure):
            raise FreshProcessError(*answer.found)
        return answer.found

    def close(self) -> None:
        self._connection.close()
        self._end()
        shutil.rmtree(str(self._folder), ignore_errors=True)

    def _receive(self, timeout: float) -> Any:
        try:
            if self._connection.poll(timeout + _GRACE):
                return self._connection.recv()
        except (EOFError, OSError):
            pass
        return self._has_died()

    def _has_died(self) -> None:
        """Raises _Died with what is left of the child."""
        death = watchdog.read_death(self._folder, self._end())
        # Where it was forked from is below that on its stack, and says nothing.
        served = [at for at, frame in enumerate(death.frames) if frame.path.endswith("/fresh/child.py")]
        death = death._replace(frames=death.frames[served[0] :] if served else death.frames)
        raise _Died(FreshProcessError(death.outcome, death.error, "in a fresh process, " + death.sentence))

    def _end(self) -> int:
        try:
            return self._process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
