"""Errors that the user can fix: each says what happened, where, and what to do, and has its own exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from enum import IntEnum
from fnmatch import fnmatchcase
from pathlib import Path

_MOST_LISTED = 30  # known words that an error shows where none comes near


class ExitCode(IntEnum):
    """The exit codes of every command of the harness."""

    AS_EXPECTED = 0
    UNEXPECTED = 1  # a regression, or a verdict nobody forecast
    USAGE = 2
    STALE_EXPECTATION = 3
    INCOMPLETE = 4  # evidence that was planned is missing or unusable


class HarnessError(Exception):
    """An error with a one-paragraph explanation; `str()` of it is that paragraph.

    Args:
        what: what happened, as a sentence.
        where: the file (and key or line) or the option concerned.
        remedy: what to do about it, as a sentence.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(f"{where}: {what} {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy


class UsageError(HarnessError):
    """A command line that names something which does not exist."""


class DataError(HarnessError):
    """A data file of the project (claims, releases, expectations) that is broken."""


class EvidenceError(HarnessError):
    """Evidence that is missing or cannot be trusted: a record, a results file, a fixture model, an index."""

    exit_code = ExitCode.INCOMPLETE


def refuse_unknown(word: str, known: Iterable[str], *, where: str, error: type[HarnessError] = UsageError) -> None:
    """Refuses a word that does not exist."""
    known = set(known)
    if word not in known:
        raise error(f'"{word}" does not exist.', where=where, remedy=near_miss(word, known))


def matching(globs: Iterable[str], names: Iterable[str], *, what: str, where: str) -> set[str]:
    """The names that match any of the shell-style patterns; refuses a pattern that matches none."""
    names, found = tuple(names), set[str]()
    for glob in globs:
        matched = {name for name in names if fnmatchcase(name, glob)}
        if not matched:
            raise UsageError(f'no {what} matches "{glob}".', where=where, remedy=near_miss(glob, names))
        found |= matched
    return found


@contextmanager
def writing(where: Path, *, kept: str, remedy: str, what: str = "") -> Iterator[None]:
    """Refuses a file or a folder that cannot be written; `kept` says what has not changed."""
    try:
        yield
    except OSError as error:
        problem = f"{what} cannot be written ({error.strerror or error}); {kept}.".lstrip()
        raise UsageError(problem, where=str(where), remedy=remedy) from error


def near_miss(word: str, known: Iterable[str]) -> str:
    """Says which known word was perhaps meant: 'Perhaps you meant "x"?', or lists them, or is empty.

    A word may be the last part of a known one ("fit" of "order.fit"), with wildcards around it and pytest's prefix.
    """
    choices = sorted(set(known))
    of_part = {part: choice for choice in choices for part in (choice.rpartition(".")[2], choice)}
    close = get_close_matches(word.strip("*").removeprefix("test_"), of_part, n=1, cutoff=0.6)
    if close:
        return f'Perhaps you meant "{of_part[close[0]]}"?'
    more = f", and {len(choices) - _MOST_LISTED} more" if len(choices) > _MOST_LISTED else ""
    return f"Known: {', '.join(choices[:_MOST_LISTED])}{more}." if choices else ""
