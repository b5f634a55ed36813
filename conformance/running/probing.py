"""Starts pytest inside a cell's virtualenv: the request it reads, its command line, its variables, its time limit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import msgspec

from conformance.running import process
from conformance.running.places import Places
from conformance.words import Keras, Mode

PROBES, OWN_MODEL = "probes", "own_model"  # the folders of probes: the page's, and those of a user's own model
ONE_WORKER = ("-n", "1")  # a crash ends the worker, and not the one who writes the record
ORDERING = "conformance.inside.ordering"

REQUEST_VARIABLE = "CONFORMANCE_CELL"
NO_PROBE_SELECTED = 5  # pytest's exit code

_GRACE = 3.0  # seconds that pytest has to stop; every observation is on the disk by then
_TAIL = 60  # lines of output kept to explain a failure
_WORKER_RESTARTS = "1000"  # every crash costs one: a cell in which all probes crash is still observed to its end

# Variables of the user's shell that would change what is measured.
_UNWELCOME_PREFIXES = ("PYTEST_", "PYTHON", "TF_", "TFHUB_", "KERAS_", "NOX_", "XLA_")
_UNWELCOME = ("VIRTUAL_ENV",)
_NOTHING: Mapping[str, str] = {}


class PytestEnd(msgspec.Struct, frozen=True):
    """How pytest ended."""

    code: int
    over_time: bool
    tail: str


class ProbeRequest(msgspec.Struct, frozen=True):
    """What conformance.inside.cell reads."""

    record: str
    cell: str
    mode: Mode
    keras: Keras
    claims: tuple[str, ...]
    probes: tuple[str, ...] | None  # globs of the probes that are asked for; None where all are
    observed: tuple[str, ...]  # the probes that need not be run
    models: str
    timeout: float  # seconds that a probe may take
    examples: int
    attempt: int
    first: tuple[str, ...] = ()  # the probes that run before all others, in this order


class CellSubject(Protocol):
    """What is tried in place of the page's claims."""

    @property
    def claims(self) -> tuple[str, ...]:
        """What its probes speak to."""

    @property
    def scratch(self) -> Path | None:
        """The folder of its temporary files, where it has one of its own."""

    def command(self, python: Path, root: Path, home: Path, record: Path) -> list[str]:
        """The command line that runs its probes; `home` is the folder of their temporary files."""

    def variables(self, home: Path) -> dict[str, str]:
        """The variables that they run with, beside ours."""

    def keep(self, home: Path, cell: str) -> None:
        """Takes care of what they left in `home`, before that is removed."""


def run_probes(
    python: Path,
    wanted: ProbeRequest,
    *,
    places: Places,
    deadline: float,
    overlay: Mapping[str, str] = _NOTHING,
    subject: CellSubject | None = None,
) -> PytestEnd:
    """Runs the probes that `wanted` asks for; kills them all when time.monotonic() passes `deadline`.

    `overlay` holds variables on top of ours: the seam by which a trial plants a defect into what is imported.

    What pytest prints goes to our own output as it comes. Temporary files go to a folder that is removed at the end,
    because a probe that crashed cannot remove its own.
    """
    with TemporaryDirectory(
        prefix="conformance-", dir=subject.scratch if subject else None, ignore_cleanup_errors=True
    ) as folder:
        home = Path(folder)
        request_file = home / "cell.json"
        request_file.write_bytes(msgspec.json.encode(wanted))
        line, base = command(python, places.root), dict(os.environ)
        if subject:
            line, base = subject.command(python, places.root, home, Path(wanted.record)), subject.variables(home)
        if wanted.first:
            line += ["-p", ORDERING]
        started = process.start(
            line,
            environment={**variables(base, request_file, home, wanted.keras), **overlay},
            folder=places.root,
            output=subprocess.PIPE,
        )
        tail: deque[str] = deque(maxlen=_TAIL)
        reader = threading.Thread(target=_pass_on, args=(started, tail), daemon=True)
        reader.start()
        over_time = False
        try:
            started.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            over_time = True
        finally:
            process.end([started], grace=_GRACE)
        if subject:
            subject.keep(home, wanted.cell)
        reader.join(timeout=_GRACE)  # not for ever: something that left the group may hold the pipe open
        return PytestEnd(code=started.returncode, over_time=over_time, tail="".join(tail))


def command(python: Path, root: Path, probes: str = PROBES, workers: Sequence[str] = ONE_WORKER) -> list[str]:
    """pytest's command line; `workers` are the options of pytest-xdist."""
    return [
        *(str(python), "-m", "pytest", "-c", str(inside(root) / "pytest.ini"), "--rootdir", str(root)),
        *("-p", "conformance.inside.plugin", "-p", "no:cacheprovider"),
        *(*workers, "--max-worker-restart", _WORKER_RESTARTS),
        str(inside(root) / probes),
    ]


def inside(root: Path) -> Path:
    """The folder of what runs in the environments."""
    return root / "conformance" / "inside"


def variables(base: Mapping[str, str], request_file: Path, temporary: Path, keras: Keras) -> dict[str, str]:
    """The environment variables that the probes run with, the same whatever the user's shell has set.

    Compiled Python files are written (PYTHONDONTWRITEBYTECODE is dropped): without them each import of TensorFlow
    takes almost three times as long. The threads are bounded because cells run side by side, and for repeatable sums.
    """
    kept = {
        name: value
        for name, value in base.items()
        if not name.startswith(_UNWELCOME_PREFIXES) and name not in _UNWELCOME
    }
    wanted = {
        REQUEST_VARIABLE: str(request_file),
        "TMPDIR": str(temporary),
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    if keras is Keras.LEGACY:
        wanted["TF_USE_LEGACY_KERAS"] = "1"
    return kept | wanted


def _pass_on(started: subprocess.Popen[bytes], tail: deque[str]) -> None:
    assert started.stdout is not None
    with started.stdout as printed:
        for raw in printed:
            line = raw.decode("utf-8", errors="replace")
            tail.append(line)
            sys.stdout.write(line)
            sys.stdout.flush()
