"""Starts pytest inside a cell's virtualenv: the request it reads, its command line, its variables, its time limit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance.inside.exchange.subject import EXCHANGE_VARIABLE
from conformance.inside.own_model.subject import MODEL_VARIABLE
from conformance.running import process
from conformance.running.enclosure import few_variables
from conformance.running.exchange_subject import FOLDER as EXCHANGE
from conformance.running.places import Places
from conformance.running.subject import ModelSubject, for_model
from conformance.running.subjects import read_described
from conformance.words import Keras, Mode

PROBES, OWN_MODEL = "probes", "own_model"  # the folders of probes: the page's, and those of a user's own model
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


def run_probes(
    python: Path,
    wanted: ProbeRequest,
    *,
    places: Places,
    deadline: float,
    overlay: Mapping[str, str] = _NOTHING,
    subject: Path | None = None,
) -> PytestEnd:
    """Runs the probes that `wanted` asks for; kills them all when time.monotonic() passes `deadline`.

    `overlay` holds variables on top of ours: the seam by which a trial plants a defect into what is imported.
    `subject` describes what is tried in place of the page's claims: a user's own model, which is shut in, or
    models that change hands.

    What pytest prints goes to our own output as it comes. Temporary files go to a folder that is removed at the end,
    because a probe that crashed cannot remove its own.
    """
    with TemporaryDirectory(prefix="conformance-") as folder:
        request_file = Path(folder) / "cell.json"
        request_file.write_bytes(msgspec.json.encode(wanted))
        line, base = command(python, places.root), dict(os.environ)
        if wanted.first:
            line += ["-p", ORDERING]
        if subject:
            home, record = Path(folder), Path(wanted.record)
            description = read_described(subject)
            if isinstance(description, ModelSubject):
                line = for_model(command(python, places.root, OWN_MODEL), description, (home, record.parent))
                base = few_variables(os.environ, home) | {MODEL_VARIABLE: str(subject)}
            else:
                line = command(python, places.root, EXCHANGE)
                base[EXCHANGE_VARIABLE] = str(subject)
        started = process.start(
            line,
            environment={**variables(base, request_file, Path(folder), wanted.keras), **overlay},
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
        reader.join(timeout=_GRACE)  # not for ever: something that left the group may hold the pipe open
        return PytestEnd(code=started.returncode, over_time=over_time, tail="".join(tail))


def command(python: Path, root: Path, probes: str = PROBES) -> list[str]:
    """pytest's command line; one worker, so that a crash ends the worker and not the one who writes the record."""
    inside = root / "conformance" / "inside"
    return [
        *(str(python), "-m", "pytest", "-c", str(inside / "pytest.ini"), "--rootdir", str(root)),
        *("-p", "conformance.inside.plugin", "-p", "no:cacheprovider"),
        *("-n", "1", "--max-worker-restart", _WORKER_RESTARTS),
        str(inside / probes),
    ]


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
