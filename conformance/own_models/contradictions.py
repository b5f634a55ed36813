"""Where a model behaved otherwise than its files let expect: our fault, or for a reason that no file tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from conformance.inspecting.inspection import KnownOfRelease
from conformance.inspecting.loading import Loads
from conformance.inspecting.text import spans
from conformance.own_models.conclusions import recommendation, what_is_wrong
from conformance.own_models.results import ModelTrial, TriedCall
from conformance.words import Operation, Outcome

_SAYS_NOTHING = (Outcome.UNAVAILABLE, Outcome.API_MISSING)


class Contradiction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Such releases.

    Attributes:
        expected: what its files say of them, in words.
        seen: what was observed there, in words.
        cause: the error, where no call works; "" where one does.
    """

    releases: tuple[str, ...]
    expected: str
    seen: str
    cause: str = ""

    def sentence(self, known: Sequence[str]) -> str:
        """All of it; `known` are all releases, oldest first."""
        cause = f" ({self.cause})" if self.cause else ""
        return f"In {spans(self.releases, known)}, by its files {self.expected}, and yet {self.seen}{cause}."


def contradictions(tried: ModelTrial, answers: Iterable[KnownOfRelease]) -> tuple[Contradiction, ...]:
    """Those of a model; releases in a row of which the same is to be said are in one."""
    by_release = {answer.release: answer for answer in answers}
    found = [
        one
        for release in tried.releases()
        if release in by_release
        for one in _of_release(tried, by_release[release], _loading(tried, release))
    ]
    same = groupby(found, key=lambda one: msgspec.structs.replace(one, releases=()))
    return tuple(
        msgspec.structs.replace(what, releases=tuple(release for one in group for release in one.releases))
        for what, group in same
    )


def _of_release(tried: ModelTrial, answer: KnownOfRelease, calls: Sequence[TriedCall]) -> Iterator[Contradiction]:
    here = (answer.release,)
    working = [call for call in calls if call.works or call.outcome is Outcome.WRONG_VALUES]
    unknown = answer.loads is Loads.IN_PART or any(call.outcome is Outcome.BLOCKED for call in calls)
    if calls and answer.can_load and not working and not unknown:
        text = what_is_wrong(min(calls, key=recommendation))[1]
        yield Contradiction(here, "it can load", "no call of it works", text)
    elif working and not answer.can_load:
        yield Contradiction(here, "it cannot load", f"{tried.form(working[0].probe).call} loads it")
    elif answer.only_in_session and (others := [call for call in working if not call.by_loader]):
        only = "only tf.compat.v1.saved_model.loader can load it"
        yield Contradiction(here, only, f"{tried.form(others[0].probe).call} loads it")


def _loading(tried: ModelTrial, release: str) -> list[TriedCall]:
    """The calls that load it there and that say anything."""
    return [
        call
        for call in tried.calls
        if tried.cell(call.cell).release == release
        and tried.form(call.probe).operation is Operation.LOAD
        and call.outcome not in _SAYS_NOTHING
    ]
