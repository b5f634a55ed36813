"""Why a consumer cannot use a model: found in the model's graph and in what the consumer's release registers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from conformance.evidence import Error
from conformance.exchange.store import ModelClass, Store
from conformance.inspecting import messages
from conformance.inspecting.files import read
from conformance.inspecting.graphs import GraphNeeds, needs_of
from conformance.inspecting.loading import Obstacle, StaticAnswer, answers
from conformance.inspecting.op_packages import load_op_packages, packages_by_op
from conformance.inspecting.ops_table import OpsTable, read_ops_table
from conformance.inspecting.saved_model import BINARY
from conformance.words import Mode


class GraphCause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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
        self._answers: dict[tuple[str, bool], dict[str, StaticAnswer]] = {}

    def of(self, made: ModelClass, release: str, mode: Mode, error: Error | None) -> GraphCause | None:
        """The cause of an error: the obstacle that it names, or else the first one; None where the graph has none."""
        obstacles = self.obstacles(made, release, mode)
        text = f"{error.type}: {error.message}" if error else ""
        named = [one for one in obstacles if _names(text, one)]
        if not obstacles:
            return None
        chosen = (named or list(obstacles))[0]
        return GraphCause(str(chosen.cause), chosen.op, chosen.attribute, chosen.detail, bool(named))

    def obstacles(self, made: ModelClass, release: str, mode: Mode) -> tuple[Obstacle, ...]:
        """What in the model's graphs speaks against the release; none where the release is in no table.

        TensorFlow 1's loader imports the whole graph, also of a model of which TF2 would load the functions alone.
        """
        key = made.hash, mode is not Mode.TF2
        if key not in self._answers:
            needs = tuple(_needs(self._store.path(made.hash) / BINARY, whole=key[1]))
            self._answers[key] = {one.release: one for one in answers(needs, self._table, self._packages)}
        found = self._answers[key].get(release)
        return found.obstacles if found else ()


def _needs(path: Path, *, whole: bool) -> Iterator[GraphNeeds]:
    saved = messages.parse(messages.SAVED_MODEL, read(path), where=str(path))
    for graph in saved.meta_graphs:
        if whole:
            graph.ClearField("object_graph_def")
        yield needs_of(graph, where=str(path))


def _names(text: str, obstacle: Obstacle) -> bool:
    """Whether a text names what is missing: the attribute with its op, or the op."""
    words = [word for word in (obstacle.op, obstacle.attribute) if word]
    return bool(words) and all(re.search(rf"\b{re.escape(word)}\b", text) for word in words)
