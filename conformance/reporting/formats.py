"""Where each model format works: a row per format for publishers, with its badge."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.grouping import neighbours
from conformance.reporting import legend
from conformance.reporting.answers import OPERATIONS, ReleaseAnswer, ShortAnswer
from conformance.words import Format, Operation


class AnswerBar(msgspec.Struct, frozen=True):
    """Neighbouring releases with the same answer.

    Attributes:
        note: what it takes, or what is lost, in the newest of them; "" where it simply works or does not.
    """

    short: ShortAnswer
    first: str
    last: str
    width: int
    when: str
    note: str


class OperationCell(msgspec.Struct, frozen=True):
    """Where one operation works on a format."""

    operation: Operation
    bars: tuple[AnswerBar, ...]

    @property
    def spans(self) -> str:
        """Where it works, as briefly as a badge says it: "1.13 to 1.14, in part 1.15, 2.0+"."""
        parts = {ShortAnswer.YES: "", ShortAnswer.PARTLY: "in part "}
        return ", ".join(
            f"{parts[bar.short]}{bar.when[6:]}+" if bar.when.startswith("since ") else f"{parts[bar.short]}{bar.when}"
            for bar in self.bars
            if bar.short in parts
        )


class FormatRow(msgspec.Struct, frozen=True):
    """A format with its operations, and the badge for a model card."""

    format: Format
    cells: tuple[OperationCell, ...]

    @property
    def badge(self) -> str:
        """The message of its badge: "loads 1.13 to nightly; fine-tunes 1.13 to 2.15"."""
        verbs = {Operation.LOAD: "loads", Operation.FINE_TUNE: "fine-tunes"}
        said = [
            f"{verb} {spans}"
            for cell in self.cells
            for op, verb in verbs.items()
            if cell.operation is op and (spans := cell.spans)
        ]
        return "; ".join(said) or "not observed"

    @property
    def badge_file(self) -> str:
        """The name of the badge's file, without its ending."""
        return f"format-{self.format}"

    @property
    def label(self) -> str:
        """The label of its badge."""
        return f"{legend.FORMATS[self.format]} on TensorFlow"


def format_rows(answers: Sequence[ReleaseAnswer], axis: ReleaseAxis) -> tuple[FormatRow, ...]:
    """A row for each format, also where the run did not ask about it: the address of a badge stays the same."""
    return tuple(
        FormatRow(
            fmt, tuple(OperationCell(operation, _bars(answers, fmt, operation, axis)) for operation in OPERATIONS)
        )
        for fmt in Format
    )


def _bars(
    answers: Sequence[ReleaseAnswer], fmt: Format, operation: Operation, axis: ReleaseAxis
) -> tuple[AnswerBar, ...]:
    mine = [answer for answer in answers if (answer.format, answer.operation) == (fmt, operation)]
    runs = neighbours(mine, lambda one, other: one.short is other.short and axis.adjacent(one.release, other.release))
    return tuple(_bar(run, axis) for run in runs)


def _bar(run: Sequence[ReleaseAnswer], axis: ReleaseAxis) -> AnswerBar:
    first, last = run[0], run[-1]
    return AnswerBar(
        short=first.short,
        first=first.release,
        last=last.release,
        width=len(run),
        when=axis.span(first.release, last.release),
        note=last.note,
    )
