"""Where a model cannot load, and why: what its graphs ask for, held against what each release registers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from conformance.cells import minor_of
from conformance.inspecting.graphs import GraphNeeds, UsedOp
from conformance.inspecting.ops_table import OpsTable, RegisteredOp, RegisteringRelease, attributes_of
from conformance.words import Word


class ObstacleCause(Word):
    """Why a graph cannot load, or cannot compute."""

    MISSING_OP = "missing-op"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    MISSING_ATTRIBUTE = "missing-attribute"  # one without a default
    VALUE_NOT_ALLOWED = "value-not-allowed"
    DEPRECATED_OP = "deprecated-op"
    GRAPH_TOO_NEW = "graph-too-new"
    GRAPH_TOO_OLD = "graph-too-old"
    COMPOSITE_TENSOR = "composite-tensor"  # which older releases do not know as an input or output
    SAVES_ITSELF = "saves-itself"  # an object of the model, by a function that some releases call in another way
    STATE_LOST = "state-lost"  # loads, and what an object saved of itself is not read
    SPARSE_SIGNATURE = "sparse-signature"  # with which hub.load cannot load what TF1 wrote, while hub.Module can
    NO_KERNEL = "no-kernel"  # loads, and fails where it is computed
    PYTHON_FUNCTION = "python-function"  # likewise


class Loads(Word):
    """What the files alone say of a release."""

    NOTHING_AGAINST = "nothing-against"  # which is no proof that it works
    IN_PART = "in-part"  # with some tags only, or some functions fail when called, or only by the loader of TF1
    NO = "no"


_IN_PART = (
    *(ObstacleCause.NO_KERNEL, ObstacleCause.PYTHON_FUNCTION),
    *(ObstacleCause.SPARSE_SIGNATURE, ObstacleCause.STATE_LOST),
)
_LOADS_SPARSE = (2, 1)  # the first release whose tf.saved_model.load takes sparse signatures of TF1 apart
# The releases whose tf.saved_model.load calls such a function with a text in place of a tensor, which it turns into one
# only where the function says what it takes; measured with the models of 2.4 to 2.21, each in each.
_CALLS_WITH_A_TEXT = ((2, 11), (2, 12))
_READS_NO_STATE = ((2, 0), (2, 1), (2, 2))  # whose tf.saved_model.load leaves such an object empty; measured likewise
_READS_COMPOSITE = (1, 15)  # the first release whose TensorInfo has the field `composite_tensor`
_CALLS_PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")


class Obstacle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason why a graph cannot load, or compute, in a release.

    Attributes:
        tags: of the graph.
        op: "" where it is about the graph itself.
        attribute: "" where it is not about one.
        detail: a sentence.
        package: what brings a missing op; "" where nothing known does.
    """

    cause: ObstacleCause
    tags: tuple[str, ...]
    op: str
    attribute: str
    detail: str
    package: str = ""


class StaticAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the files alone say of one release.

    Attributes:
        only_in_session: whether nothing but TF1's loader, in a graph and a session, can load it.
    """

    release: str
    tensorflow: str
    loads: Loads
    obstacles: tuple[Obstacle, ...]
    only_in_session: bool = False


def answers(needs: Iterable[GraphNeeds], table: OpsTable, packages: Mapping[str, str]) -> tuple[StaticAnswer, ...]:
    """An answer for each release of the table.

    Args:
        packages: op -> the package that brings it.
    """
    needs = tuple(needs)
    return tuple(_answer(release, needs, table, packages) for release in table.releases)


def _answer(
    release: RegisteringRelease, needs: tuple[GraphNeeds, ...], table: OpsTable, packages: Mapping[str, str]
) -> StaticAnswer:
    per_graph = [tuple(_obstacles(release, graph, table, packages)) for graph in needs]
    obstacles = tuple(dict.fromkeys(obstacle for found in per_graph for obstacle in found))
    loads, stopped = Loads.IN_PART if obstacles else Loads.NOTHING_AGAINST, all(map(_stop, per_graph))
    if stopped and all(
        _stop(_obstacles(release, _in_session(graph, release, table), table, packages)) for graph in needs
    ):
        loads = Loads.NO
    return StaticAnswer(release.release, release.tensorflow, loads, obstacles, stopped and loads is Loads.IN_PART)


def _stop(found: Iterable[Obstacle]) -> bool:
    """Whether some of them keep a graph from being loaded."""
    return any(one.cause not in _IN_PART for one in found)


def _in_session(graph: GraphNeeds, release: RegisteringRelease, table: OpsTable) -> GraphNeeds:
    """What TF1's loader and a session ask for: attributes only of what is called, ops of every function."""
    missing = {used for used in graph.ops if not table.op(used.op, release.release)}
    return msgspec.structs.replace(
        graph, ops=graph.of_session | missing, checks_versions=True, saves_itself=False, saves_untyped=False
    )


def _obstacles(
    release: RegisteringRelease, graph: GraphNeeds, table: OpsTable, packages: Mapping[str, str]
) -> Iterator[Obstacle]:
    if graph.checks_versions:
        yield from _versions(release, graph)
    if graph.composite and minor_of(release.tensorflow) < _READS_COMPOSITE:
        detail = "every signature has a ragged or another composite tensor, which TensorFlow reads from 1.15 on"
        yield Obstacle(ObstacleCause.COMPOSITE_TENSOR, graph.tags, "", "", detail)
    elif graph.checks_versions and graph.sparse and minor_of(release.tensorflow) < _LOADS_SPARSE:
        detail = "hub.load loads no TF1 model with a sparse or ragged signature before TensorFlow 2.1"
        yield Obstacle(ObstacleCause.SPARSE_SIGNATURE, graph.tags, "", "", detail)
    if graph.saves_itself and minor_of(release.tensorflow) in _READS_NO_STATE:
        detail = (
            "an object of it, a mutable table for instance, saves itself, and tf.saved_model.load of 2.0 to 2.2 leaves"
            " it empty without an error"
        )
        yield Obstacle(ObstacleCause.STATE_LOST, graph.tags, "", "", detail)
    if graph.saves_untyped and minor_of(release.tensorflow) in _CALLS_WITH_A_TEXT:
        detail = (
            "an object of it, a mutable table for instance, saves itself by a function as TensorFlow writes it from"
            " 2.14 on, which tf.saved_model.load of 2.11 and 2.12 cannot call"
        )
        yield Obstacle(ObstacleCause.SAVES_ITSELF, graph.tags, "", "", detail)
    for used in sorted(graph.ops):
        op = table.op(used.op, release.release)
        if not op:
            package = packages.get(used.op, "")
            detail = f"the op {used.op} is not registered"
            yield Obstacle(ObstacleCause.MISSING_OP, graph.tags, used.op, "", detail, package)
            continue
        if graph.checks_versions and op.deprecated_from and graph.producer >= op.deprecated_from:
            detail = f"the op {used.op} may not be used from GraphDef version {op.deprecated_from} on"
            yield Obstacle(ObstacleCause.DEPRECATED_OP, graph.tags, used.op, "", detail)
        yield from _attributes(release, graph, used, op)
        if not op.computes and used.op not in graph.for_gpu:
            detail = f"the op {used.op} has no kernel that runs on a CPU"
            yield Obstacle(ObstacleCause.NO_KERNEL, graph.tags, used.op, "", detail)
        if used.op in _CALLS_PYTHON:
            detail = f"the op {used.op} calls a Python function of the program that wrote the model"
            yield Obstacle(ObstacleCause.PYTHON_FUNCTION, graph.tags, used.op, "", detail)


def _versions(release: RegisteringRelease, graph: GraphNeeds) -> Iterator[Obstacle]:
    if graph.min_consumer > release.producer:
        detail = f"the graph asks for GraphDef version {graph.min_consumer} or later"
        yield Obstacle(ObstacleCause.GRAPH_TOO_NEW, graph.tags, "", "", detail)
    if release.producer in graph.bad_consumers:
        detail = f"the graph refuses GraphDef version {release.producer}"
        yield Obstacle(ObstacleCause.GRAPH_TOO_NEW, graph.tags, "", "", detail)
    if graph.producer < release.min_producer:
        detail = f"the graph is of GraphDef version {graph.producer}, and {release.min_producer} is the oldest read"
        yield Obstacle(ObstacleCause.GRAPH_TOO_OLD, graph.tags, "", "", detail)


def _attributes(release: RegisteringRelease, graph: GraphNeeds, used: UsedOp, op: RegisteredOp) -> Iterator[Obstacle]:
    known = attributes_of(op)
    named = {one.name for one in used.attributes}
    for one in used.attributes:
        attribute = known.get(one.name)
        if attribute is None:
            if not (one.default or release.ignores_unknown_attributes):
                detail = f"the op {used.op} has no attribute {one.name}"
                yield Obstacle(ObstacleCause.UNKNOWN_ATTRIBUTE, graph.tags, used.op, one.name, detail)
        elif one.value and attribute.allowed and one.value not in attribute.allowed:
            detail = f"the attribute {one.name} of the op {used.op} may not be {one.value}"
            yield Obstacle(ObstacleCause.VALUE_NOT_ALLOWED, graph.tags, used.op, one.name, detail)
    for attribute in known.values():
        if attribute.name not in named and not attribute.has_default:
            detail = f"the op {used.op} needs the attribute {attribute.name}, which the graph does not give"
            yield Obstacle(ObstacleCause.MISSING_ATTRIBUTE, graph.tags, used.op, attribute.name, detail)
