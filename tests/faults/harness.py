"""`python -m conformance` in a checkout of its own, whose cells need no TensorFlow; run as a process of its own.

    python -m tests.faults.harness ROOT COMMAND...

All is real but what is replaced here: virtualenvs, pytest, keys, fixture models and expectations. The variable FAULTS
says which fault a cell has, as JSON.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from conformance.commands import cell as cell_command
from conformance.commands.program import main
from conformance.environments import interpreters, virtualenv
from conformance.environments.catalogue import Cell
from conformance.running import cell as cells
from conformance.running import fleet, matrix, places, plan, probing
from conformance.running.options import Options

_FULL_DISK = 20_000  # bytes: more than a header and a plan, which grows with every claim; less than half a record


class OneKey:
    """Everything depends on one key."""

    def __init__(self, *arguments: object) -> None:
        pass

    def of(self, cell: Cell, *more: object) -> Mapping[str, str]:
        return {"tf1-hub": "1", "tf2-savedmodel": "1", "compat-mode": "1"}


def replace(root: Path, faults: Mapping[str, str]) -> None:
    """Replaces what would need TensorFlow, in this process."""

    real_command = fleet.cell_command

    def child(cell: Cell, options: Options, lock: Path | None) -> Sequence[str]:
        nox = list(real_command(cell, options, lock))
        return [sys.executable, "-m", "tests.faults.harness", str(root), "cell", cell.id, *nox[nox.index("--") + 1 :]]

    def inside(python: Path, _root: Path) -> list[str]:
        return [str(python), str(Path(__file__).with_name("stand_in.py")), faults.get(_measured(), "")]

    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])  # the children run elsewhere
    expectations = root / "expectations"
    expectations.mkdir(exist_ok=True)
    (expectations / "none.toml").write_text('schema = "expectations/1"\n')
    for module, name, stand_in in (
        (places, "ROOT", root),
        (fleet, "cell_command", child),
        (fleet, "_POLL", 0.05),
        (virtualenv, "build", lambda cell, **options: Path(sys.executable)),
        (virtualenv, "note_on_copies", lambda home: ""),
        (interpreters, "exact_version", lambda version: f"{version}.17"),
        (probing, "command", inside),
        (plan, "EXPECTATIONS_FOLDER", expectations),
        (matrix, "Keys", OneKey),
        (matrix, "verify_fixtures", lambda models: None),
        (cell_command, "Keys", OneKey),
        (cell_command, "verify_fixtures", lambda models: None),
    ):
        if not hasattr(module, name):
            raise AttributeError(f"{module.__name__} has no {name} to be replaced any more")
        setattr(module, name, stand_in)


def plant(fault: str) -> None:
    """Plants a fault into the process that measures a cell."""
    if fault == "disk full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL_DISK, _FULL_DISK))
    if fault.startswith("clock"):
        jump = timedelta(days=float(fault.removeprefix("clock")))
        clock: list[datetime] = []

        def jumping() -> str:
            """The first time that is asked for is right, and all later ones have jumped."""
            clock.append(datetime.now(UTC) + (jump if clock else timedelta()))
            return clock[-1].isoformat(timespec="seconds")

        setattr(cells, "_now", jumping)  # noqa: B010 - a seam


def _measured() -> str:
    return sys.argv[3] if sys.argv[2] == "cell" else ""


if __name__ == "__main__":
    planted: dict[str, str] = msgspec.json.decode(os.environ.get("FAULTS", "{}"), type=dict[str, str])
    replace(Path(sys.argv[1]), planted)
    plant(planted.get(_measured(), ""))
    sys.exit(main(sys.argv[2:]))
