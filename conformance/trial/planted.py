"""Plants a defect from the outside: the variables that a cell's process gets, and what it says became of it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from conformance.trial.inside.planting import DEFECT_VARIABLE, NO_DEFECT, TRACE_VARIABLE
from conformance.trial.inside.stand_ins import STAND_INS_VARIABLE

START = Path(__file__).parent / "inside" / "start"


class Trace(msgspec.Struct, frozen=True):
    """What became of a planted defect.

    Attributes:
        planted: the modules that were patched.
        reached: the patched functions that were called; of traced copies the lines, as "MODULE:LINE PROBE".
        failed: why it did not take, where it did not.
    """

    planted: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """Why nothing can be learnt from the run; "" if the defect took."""
        if self.failed:
            return f"the defect did not take: {self.failed[0]}"
        if not self.planted:
            return "the defect did not take: nothing that it patches was imported"
        return ""


def overlay(trace: Path, root: Path, *, defect: str = NO_DEFECT, copies: Path | None = None) -> dict[str, str]:
    """The variables that plant a defect ("none": nothing, by the same means).

    Args:
        copies: a folder with changed modules, which stand in for the installed ones.
    """
    start = {"PYTHONPATH": os.pathsep.join([str(START), str(root)]), TRACE_VARIABLE: str(trace)}
    return start | {DEFECT_VARIABLE: defect} | ({STAND_INS_VARIABLE: str(copies)} if copies else {})


def read_trace(path: Path) -> Trace:
    """What the processes of a cell said; nothing, where they were never started."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    parts = [line.partition(" ") for line in lines]

    def all_of(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rest for word, _, rest in parts if word == kind))

    return Trace(all_of("planted"), all_of("reached"), all_of("failed"))
