"""Adds a run to the history when it has been judged and reported."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from conformance.errors import HarnessError
from conformance.history.store import FOLDER, History, Kind
from conformance.results import Results
from conformance.snapshot import snapshot_of


def remember(results: Results, kind: Kind, reports: Path, console: Console) -> bool:
    """Adds what `results` observed to the history in the folder `reports`; says whether the history has it.

    The run's own reports stand already, so that whatever is wrong here is told, and spoils nothing.
    """

    def tell(line: str) -> None:
        console.print(f"History: {line}", markup=False, highlight=False, soft_wrap=True)

    try:
        path = History(reports / FOLDER, tell).append(snapshot_of(results), kind)
    except HarnessError as error:
        tell(f"error: {error}")
        return False
    tell(f"added {path}" if path else "this run observed nothing new; nothing is added.")
    return True
