"""The result of a bisection, as it is written to a file."""

from __future__ import annotations

import msgspec

from conformance.bisecting.environment_tester import Attempt
from conformance.bisecting.guilt import Guilt, PartSwap
from conformance.errors import ExitCode
from conformance.words import Word

SCHEMA = "bisect/2"


class Conclusion(Word):
    """What came of the search."""

    FOUND = "found"
    UNCHANGED = "unchanged"  # both ends have the same outcome
    FLAKY = "flaky"  # two observations of the same environment differ
    INCOMPLETE = "incomplete"  # fewer than two candidates can be tried


class Purpose(Word):
    """Why something was tried."""

    END = "end"
    SEARCH = "search"
    REPEAT = "repeat"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attempt of the search."""

    purpose: Purpose
    attempt: Attempt


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked.

    Attributes:
        about: the probe or the claim.
        axis: whose versions were searched, "tf" or "hub".
        command: what can be typed to ask it again.
    """

    about: str
    cell: str
    axis: str
    command: str
    harness: str
    started: str


class Bisection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bisection that has ended.

    Attributes:
        candidates: all that the index offers between the ends, oldest first.
        steps: the attempts, in the order they were made.
        why: the conclusion in a sentence or two.
        last_good, first_bad: the neighbours between which the outcome changed ("good" is the older end's outcome,
            whatever it is); None unless it was found.
        between: the gaps between those two, in which the change may just as well have come, with their reasons.
        differences: the packages in which the two differ, as "numpy 1.26.3 -> 1.26.4".
        swaps: what became of the outcome when one part was swapped.
        seconds: from the first attempt to the last.
    """

    schema: str
    asked: Asked
    candidates: tuple[str, ...]
    steps: tuple[Step, ...]
    conclusion: Conclusion
    why: str
    last_good: Attempt | None = None
    first_bad: Attempt | None = None
    between: dict[str, str] = {}
    differences: tuple[str, ...] = ()
    swaps: tuple[PartSwap, ...] = ()
    guilt: Guilt | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """0 where the change was found; 1 where there is none to be found; 4 where too little could be tried."""
        if self.conclusion is Conclusion.FOUND:
            return ExitCode.AS_EXPECTED
        return ExitCode.INCOMPLETE if self.conclusion is Conclusion.INCOMPLETE else ExitCode.UNEXPECTED
