"""Alarms as workflow commands, which GitHub Actions shows at the top of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from conformance.alarms.alarm import Alarm, AlarmKind
from conformance.plain_text import printable, some

# GitHub shows no more than ten of each level in a step, and drops the others without a word.
LIMIT = 10
_CELLS = 6

_LEVELS = {
    AlarmKind.REGRESSION: "error",
    AlarmKind.UNEXPECTED: "error",
    AlarmKind.INCOMPLETE: "warning",
    AlarmKind.FLAKY: "notice",
    AlarmKind.STALE: "notice",
}


def annotations_of(alarms: Sequence[Alarm]) -> Iterator[str]:
    """One line for each alarm; where there are too many of a level, its last line says how many are left out."""
    total = Counter(_LEVELS[alarm.kind] for alarm in alarms)
    shown: Counter[str] = Counter()
    for alarm in alarms:
        level = _LEVELS[alarm.kind]
        shown[level] += 1
        if shown[level] < LIMIT or total[level] == LIMIT:
            yield _command(level, str(alarm.kind).capitalize(), _message(alarm))
        elif shown[level] == LIMIT:
            yield _command(level, "More", f"{total[level] - LIMIT + 1} more are in the report.")


def _message(alarm: Alarm) -> str:
    lines = [f"{alarm.title} ({some(alarm.cells, _CELLS)})"]
    if alarm.detail and alarm.detail not in alarm.title:
        lines.append(alarm.detail)
    if alarm.packages:
        lines.append(f"Changed along with it: {', '.join(alarm.packages)}")
    if alarm.reproduce:
        lines.append(f"To see it: {alarm.reproduce}")
    return "\n".join(lines)


def _command(level: str, title: str, message: str) -> str:
    """A workflow command: what stands in it can neither end it nor begin another."""
    return f"::{level} title={_escaped(title, ':,')}::{_escaped(printable(message))}"


def _escaped(text: str, separators: Iterable[str] = ()) -> str:
    """The characters that end a command (or, with `separators`, a property of it) as the percent codes that GitHub
    takes for them."""
    for character in ("%", "\r", "\n", *separators):  # the percent sign first: it begins the codes of the others
        text = text.replace(character, f"%{ord(character):02X}")
    return text
