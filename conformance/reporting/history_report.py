"""Adds a run to the history when it has been judged and reported, and renders the page and the feed of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from conformance.errors import HarnessError
from conformance.history.retracing import Retraced, retrace
from conformance.history.store import FOLDER, History, RunKind
from conformance.history.today import Today
from conformance.json_file import replace_files
from conformance.night import Night
from conformance.reporting.history_feed import FEED, render_feed
from conformance.reporting.history_news import news_of
from conformance.reporting.history_page import PAGE, render_page
from conformance.results import Results
from conformance.running.plan import load_rules
from conformance.snapshot import snapshot_of


def remember(results: Results, kind: RunKind, reports: Path, console: Console, *, night: Night | None = None) -> bool:
    """Adds what `results` observed to the history in the folder `reports`; says whether the history has it.

    The run's own reports stand already, so that whatever is wrong here is only reported.

    Args:
        night: what it found, if it was a nightly run: the next one is compared with that.
    """

    def say(line: str) -> None:
        console.print(f"History: {line}", markup=False, highlight=False, soft_wrap=True)

    history = History(reports / FOLDER, say)
    try:
        snapshot = snapshot_of(results)
        path = history.append_night(night, snapshot) if night else history.append(snapshot, kind)
        if path or not (reports / PAGE).exists():  # a year of runs takes seconds to go through
            rebuild(history, reports, lambda _: None)
    except HarnessError as error:
        say(f"error: {error}")
        return False
    say(f"added {path}" if path else "this run observed nothing new; nothing is added.")
    return True


def rebuild(history: History, reports: Path, note: Callable[[str], None], site: str = "") -> Retraced:
    """Renders the page and the feed of a history into the folder `reports`; neither where it has no run.

    Args:
        note: called with what is left out.
        site: the address that the folder is published at, where that is known.

    Raises:
        UsageError: they cannot be written; what was there is untouched.
        DataError: a data file is broken.
    """
    today = Today(load_rules())
    retraced = retrace(history, today, note)
    if retraced.runs:
        news = [item for changes in reversed(retraced.changes) for item in news_of(changes, today.claims)]
        replace_files(
            reports,
            {
                PAGE: render_page(retraced, news, today.claims, FEED).encode(),
                FEED: render_feed(news, retraced.runs[-1].finished, site),
            },
            remedy="Make the folder writable (or free some space), then `nox -s history -- --rebuild`.",
        )
    return retraced
