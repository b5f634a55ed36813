"""A process that has imported TensorFlow, shut in, from which all workers of pytest in a cell are forked."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import TracebackType

import msgspec

from conformance.environments.catalogue import Cell
from conformance.environments.unavailable import UnavailableError
from conformance.running import probing, process
from conformance.running.enclosure import EnclosureLimits, enclosed, few_variables

_MODULE = "conformance.inside.own_model.importer"
_SOCKET = "importer.socket"  # which it makes when it is ready for a worker
_WORKER = Path("conformance", "inside", "own_model", "worker.py")
_SECONDS_TO_IMPORT = 300.0  # whatever a probe may take
_GRACE = 1.0
_POLL = 0.05


class Importer:
    """That process; it is started by `ensure`, and ended with the context.

    Attributes:
        folder: of all that can be written from there.
    """

    def __init__(self, python: Path, cell: Cell, root: Path, limits: Sequence[EnclosureLimits]) -> None:
        """Starts nothing; `limits` are those of the workers, of which each has its own in the end."""
        self._python = python
        self._cell = cell
        self._root = root
        most = zip(*map(msgspec.structs.astuple, limits), strict=True)
        self._limits = EnclosureLimits(*map(max, most))
        self._scratch = TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path(self._scratch.name).resolve()

    @property
    def workers(self) -> tuple[str, ...]:
        """The options of pytest-xdist by which its one worker is forked from here."""
        words = (self._python, "-I", "-S", self._root / _WORKER, self.folder)
        return ("--dist", "load", "--tx", f"popen//python={shlex.join(map(str, words))}")

    def ensure(self) -> None:
        """Starts it where it does not run, and waits until it has imported TensorFlow.

        Raises:
            UnavailableError: it cannot.
        """
        if self._process and self._process.poll() is None:
            return
        self._end()
        (self.folder / _SOCKET).unlink(missing_ok=True)  # of one that died
        command = [str(self._python), "-m", _MODULE, str(self.folder), self._cell.mode, self._cell.keras]
        variables = few_variables(os.environ, self.folder)
        with TemporaryFile() as printed:
            self._process = process.start(
                enclosed(command, (self.folder,), self._limits),
                environment=probing.variables(variables, Path(), self.folder, self._cell.keras),
                folder=self._root,
                stdin=subprocess.PIPE,
                output=printed.fileno(),
            )
            problem = self._problem(self._process)
            if problem:
                self._end()
                printed.seek(0)
                raise UnavailableError(
                    "import",
                    f"TensorFlow cannot be imported: {problem}.",
                    where=self._cell.id,
                    remedy="Read the detail, then try again.",
                    detail=printed.read().decode("utf-8", "replace"),
                )

    def _problem(self, started: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + _SECONDS_TO_IMPORT
        while not (self.folder / _SOCKET).exists():
            if started.poll() is not None:
                return f"the process ended with {started.returncode}"
            if time.monotonic() > deadline:
                return f"it took more than {_SECONDS_TO_IMPORT:.0f} s"
            time.sleep(_POLL)
        return ""

    def _end(self) -> None:
        if self._process:
            assert self._process.stdin
            self._process.stdin.close()
            process.end([self._process], grace=_GRACE)
            self._process = None

    def __enter__(self) -> Importer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()
        self._scratch.cleanup()
