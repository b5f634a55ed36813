"""Why a consumer cannot use a model: found in the model's graph and in what the consumer's release registers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from conformance.evidence import Error
from conformance.exchange.store import ModelClass, Store
from conformance.inspecting.loading import Loads, Obstacle, StaticAnswer, answers
from conformance.inspecting.op_packages import load_op_packages, packages_by_op
from conformance.inspecting.ops_table import OpsTable, read_ops_table
from conformance.inspecting.saved_model import read_saved_model

_PYTHON_CLASS = re.compile(r"\b(?:No module named|cannot import name|has no attribute) '([\w.]+)'")


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a model cannot be used in a release.

    Attributes:
        kind: of an obstacle in the graph ("missing-op", ...); "" where the graph shows none.
        op: and
        attribute: what is missing; "" where it is neither.
        detail: a sentence.
        named: whether the error of the consumer names it as well.
    """

    kind: str
    op: str
    attribute: str
    detail: str
    named: bool


class Causes:
    """Finds causes; each model is read once."""

    def __init__(self, store: Store, table: OpsTable | None = None) -> None:
        self._store = store
        self._table = table or read_ops_table()
        self._packages = packages_by_op(load_op_packages())
        self._answers: dict[str, dict[str, StaticAnswer]] = {}

    def obstacles(self, made: ModelClass, release: str) -> tuple[Obstacle, ...]:
        """What in the model's graphs speaks against the release; none where the release is in no table."""
        found = self._of(made.hash).get(release)
        return found.obstacles if found else ()

    def loads(self, made: ModelClass, release: str) -> Loads:
        """What the files alone say of the release."""
        found = self._of(made.hash).get(release)
        return found.loads if found else Loads.NOTHING_AGAINST

    def of(self, made: ModelClass, release: str, error: Error | None) -> Cause | None:
        """The cause of an error: the obstacle that it names, or else the first one; None where the graph has none."""
        obstacles = self.obstacles(made, release)
        text = f"{error.type}: {error.message}" if error else ""
        named = [one for one in obstacles if _names(text, one)]
        if not obstacles:
            return None
        chosen = (named or list(obstacles))[0]
        return Cause(str(chosen.cause), chosen.op, chosen.attribute, chosen.detail, bool(named))

    def _of(self, digest: str) -> dict[str, StaticAnswer]:
        if digest not in self._answers:
            needs = read_saved_model(self._store.path(digest)).needs
            self._answers[digest] = {one.release: one for one in answers(needs, self._table, self._packages)}
        return self._answers[digest]


def _names(text: str, obstacle: Obstacle) -> bool:
    words = [word for word in (obstacle.attribute or obstacle.op,) if word]
    return bool(words) and all(re.search(rf"\b{re.escape(word)}\b", text) for word in words)


def differing_ops(one: Path, other: Path) -> tuple[str, ...]:
    """The ops that only the first of two models uses."""
    used: Iterable[set[str]] = (
        {used.op for needs in read_saved_model(path).needs for used in needs.ops} for path in (one, other)
    )
    first, second = used
    return tuple(sorted(first - second))
