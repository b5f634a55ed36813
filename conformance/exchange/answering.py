"""Answers "made with A, used in B": what came of it, where it works, and what to do, proved by a pair that works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.cells import release_order
from conformance.exchange.result import RIGHT, ExchangeResult, ObservedUse, lacking, refused
from conformance.exchange.text import plain, reason_of
from conformance.inspecting.text import spans

STRIPPED = "-stripped"  # ends the role that is saved with strip_default_attrs=True, and is else as the one before

Pair = tuple[str, str, str]  # role, the release that made it, the release that uses it


class Answers:
    """The answers of a result."""

    def __init__(self, result: ExchangeResult) -> None:
        release = {one.cell: one.release for one in (*result.producers, *result.consumers)}
        makers = {one.id: (one.role, {release[name] for name in one.producers}) for one in result.models}
        self._uses: dict[Pair, list[ObservedUse]] = {}
        for use in result.uses:
            role, made_by = makers[use.model]
            for maker in made_by:
                self._uses.setdefault((role, maker, release[use.cell]), []).append(use)
        self._works = {pair: refused(uses) is None for pair, uses in self._uses.items()}
        self._made = {(role, maker) for role, made_by in makers.values() for maker in made_by}
        self.makers = _ordered(maker for _, maker in self._made)
        self.users = _ordered(one.release for one in result.consumers)

    def uses(self, role: str, maker: str, user: str) -> Sequence[ObservedUse]:
        """What was tried of it."""
        return self._uses.get((role, maker, user), ())

    def pairs_of(self, role: str) -> Mapping[tuple[str, str], Sequence[ObservedUse]]:
        """The release that made the role, and the one that uses it -> what was tried of it."""
        return {(maker, user): uses for (one, maker, user), uses in self._uses.items() if one == role}

    def works(self, role: str, maker: str, user: str) -> bool:
        """Whether it was tried there, loads, and computes what it should."""
        return self._works.get((role, maker, user), False)

    def answer(self, role: str, maker: str, user: str) -> str:
        """The answer, in a few sentences."""
        if (role, maker) not in self._made:
            return f"TensorFlow {maker} made no {role}."
        seen = self.uses(role, maker, user)
        if not seen:
            return f"It was not tried in TensorFlow {user}."
        if bad := refused(seen):
            fine = _named([use for use in seen if use.outcome in RIGHT])
            works = f"What works: {fine}." if fine else ""
            said = f"Does not work. {_sentence(bad)}"
            instead = self._instead(role, maker, user)
            return " ".join(filter(None, (said, works, self._reach(role, maker), *instead, self._takes(role, user))))
        fine = _named([use for use in seen if use.outcome in RIGHT])
        others = [f"Not so {_sentence(use)}" for use in lacking(seen)]
        return " ".join((f"Works: {fine}.", *others, self._reach(role, maker), self._takes(role, user)))

    def _reach(self, role: str, maker: str) -> str:
        """Where what a release made works: the oldest of these is the smallest consumer."""
        where = [user for user in self.users if self.works(role, maker, user)]
        return (
            f"What {maker} makes works in {spans(where, self.users)}."
            if where
            else f"What {maker} makes works nowhere."
        )

    def _takes(self, role: str, user: str) -> str:
        """Whose models a release can use: the newest of these is the largest producer."""
        made = [maker for maker in self.makers if self.works(role, maker, user)]
        return f"{user} can use what {spans(made, self.makers)} made." if made else ""

    def _instead(self, role: str, maker: str, user: str) -> Iterator[str]:
        """What works in that consumer: the same saved otherwise, or made by another release."""
        if self.works(role + STRIPPED, maker, user):
            yield "Saved with strip_default_attrs=True, it works there."
        others = [one for one in self.makers if self.works(role, one, user)]
        if others:
            yield f"It works there if {others[-1]} makes it."


def all_answers(result: ExchangeResult) -> Mapping[str, Sequence[Sequence[str]]]:
    """Role -> for each maker, and for each user, the answer."""
    known = Answers(result)
    return {
        role: [[known.answer(role, maker, user) for user in known.users] for maker in known.makers]
        for role in dict.fromkeys(one.role for one in result.models)
    }


def _named(uses: Sequence[ObservedUse]) -> str:
    return ", ".join(dict.fromkeys(plain(use.use) for use in uses))


def _sentence(use: ObservedUse) -> str:
    return f"{plain(use.use)}: {use.outcome}: {reason_of(use)}."


def _ordered(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=release_order))
