"""Why a consumer cannot use a model: found in the model's graph and in what the consumer's release registers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from conformance.evidence import Error
from conformance.exchange.store import ModelClass, Store
from conformance.inspecting import messages
from conformance.inspecting.files import read
from conformance.inspecting.graphs import GraphNeeds, needs_of
from conformance.inspecting.loading import Obstacle, ObstacleCause, StaticAnswer, answers
from conformance.inspecting.op_packages import load_op_packages, packages_by_op
from conformance.inspecting.ops_table import OpsTable, read_ops_table
from conformance.inspecting.saved_model import BINARY
from conformance.words import Mode, Outcome

_NO_GRADIENT = re.compile(r"No gradient defined for op(?:eration '[^']*' \(op type: (?P<described>\w+)|: (?P<op>\w+))")
_REFERENCE_VARIABLES = ("Variable", "VariableV2")


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


class ModelParts(msgspec.Struct, frozen=True):
    """What an error may name of a model: its ops, the nodes that are reference variables, and its assets."""

    ops: frozenset[str]
    reference_variables: frozenset[str]
    assets: frozenset[str]


class Causes:
    """Finds causes; each model is read once."""

    def __init__(self, store: Store, table: OpsTable | None = None) -> None:
        self._store = store
        self._table = table or read_ops_table()
        self._packages = packages_by_op(load_op_packages())
        self._answers: dict[tuple[str, bool], dict[str, StaticAnswer]] = {}
        self._parts: dict[str, ModelParts] = {}

    def of(
        self, made: ModelClass, release: str, mode: Mode, outcome: Outcome, error: Error | None
    ) -> GraphCause | None:
        """The cause of an error: what it names of the model, or else the first obstacle; None where there is none.

        Of wrong values nothing is a cause but state that is lost: a graph that cannot be loaded computes none.
        """
        wrong, found = outcome is Outcome.WRONG_VALUES, self.obstacles(made, release, mode)
        obstacles = [one for one in found if (one.cause is ObstacleCause.STATE_LOST) is wrong]
        text = f"{error.type}: {error.message}" if error else ""
        if named := [one for one in obstacles if _names(text, one)]:
            return _cause(named[0], named=True)
        return self._named_part(made, text) or (_cause(obstacles[0], named=False) if obstacles else None)

    def _named_part(self, made: ModelClass, text: str) -> GraphCause | None:
        """The cause that an error shows by naming a part of the model."""
        if made.hash not in self._parts:
            self._parts[made.hash] = _parts(self._store.path(made.hash) / BINARY)
        return next(causes_named_by(text, self._parts[made.hash]), None)

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


def causes_named_by(text: str, parts: ModelParts) -> Iterator[GraphCause]:
    """What an error names of a model that can be loaded, and cannot be trained or saved again; each once seen to be so.

    Args:
        text: the error as "Class: message".
    """
    for found in _NO_GRADIENT.finditer(text):
        op = found["described"] or found["op"]
        if op in parts.ops:
            yield GraphCause("no-gradient", op, "", f"the op {op} has no gradient", named=True)
    for name in sorted(parts.reference_variables):
        if "FailedPrecondition" in text and re.search(rf"(?:^|[\s/'{{]){re.escape(name)}/read\b", text):
            detail = (
                f"{name} and its like are reference variables of TensorFlow 1, of which tf.saved_model.save writes no"
                " values"
            )
            yield GraphCause("reference-variable", "VariableV2", "", detail, named=True)
    for name in sorted(parts.assets):
        if "NotFound" in text and re.search(rf"/{re.escape(name)}\b", text):
            detail = f"the asset {name} is not saved again, and is looked for where it was loaded from"
            yield GraphCause("asset-left-behind", "", "", detail, named=True)


def _cause(obstacle: Obstacle, *, named: bool) -> GraphCause:
    return GraphCause(str(obstacle.cause), obstacle.op, obstacle.attribute, obstacle.detail, named)


def _parts(path: Path) -> ModelParts:
    graphs = messages.parse(messages.SAVED_MODEL, read(path), where=str(path)).meta_graphs
    nodes = [node for graph in graphs for node in graph.graph_def.node]
    inner = (node for graph in graphs for one in graph.graph_def.library.function for node in one.node_def)
    return ModelParts(
        ops=frozenset(node.op for node in (*nodes, *inner)),
        reference_variables=frozenset(node.name for node in nodes if node.op in _REFERENCE_VARIABLES),
        assets=frozenset(PurePosixPath(one.filename).name for graph in graphs for one in graph.asset_file_def),
    )


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
