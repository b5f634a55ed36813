"""What is told of a model without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.inspecting.description import Description, ModelFormat
from conformance.inspecting.loading import Loads, StaticAnswer, answers
from conformance.inspecting.locating import FoundModel
from conformance.inspecting.measured import MeasuredCall, measured_calls
from conformance.inspecting.op_packages import load_op_packages, packages_by_op
from conformance.inspecting.ops_table import OpsTable, read_ops_table
from conformance.inspecting.saved_model import ReadModel, read_saved_model
from conformance.judging.baseline import load_baseline
from conformance.words import Format, Operation

SCHEMA = "model/2"


class KnownOfRelease(StaticAnswer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of one release without running the model.

    Attributes:
        refused: whether no call that loads worked there with our own small models of the same format.
    """

    refused: bool

    @property
    def can_load(self) -> bool:
        """Whether nothing that is known speaks against loading."""
        return self.loads is not Loads.NO and not self.refused


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of that.

    Attributes:
        custom_ops: ops that no release registers -> the package that brings each, or "" where it is not known.
        releases: what the files alone say of each release, oldest first.
        measured: what was observed of our own models of the same format.
    """

    schema: str
    name: str
    description: Description
    custom_ops: dict[str, str]
    releases: tuple[KnownOfRelease, ...]
    measured: tuple[MeasuredCall, ...]

    @property
    def only_signatures(self) -> bool:
        """Whether it has an object graph, and yet cannot be called itself."""
        described = self.description
        called = any(one.name == "__call__" for one in described.callables)
        return described.format.of_page is Format.TF2_SAVEDMODEL and not called


class Inspector(msgspec.Struct, frozen=True):
    """All that models are held against, read once.

    Attributes:
        packages: op -> the package that brings it.
        measured: per format, what was observed of it.
    """

    table: OpsTable
    packages: Mapping[str, str]
    measured: Mapping[ModelFormat, tuple[MeasuredCall, ...]]

    def inspect(self, found: FoundModel) -> Inspection:
        """Looks at one model."""
        read = read_saved_model(found.folder)
        measured = self.measured[read.description.format]
        return Inspection(
            schema=SCHEMA,
            name=found.name,
            description=read.description,
            custom_ops=self._custom_ops(read),
            releases=tuple(
                KnownOfRelease(**msgspec.structs.asdict(answer), refused=_refused(answer.release, measured))
                for answer in answers(read.needs, self.table, self.packages)
            ),
            measured=measured,
        )

    def _custom_ops(self, read: ReadModel) -> dict[str, str]:
        used = sorted({one.op for graph in read.needs for one in graph.ops})
        return {op: self.packages.get(op, "") for op in used if op not in self.table.ops}


def _refused(release: str, measured: Iterable[MeasuredCall]) -> bool:
    """Whether loading was tried in a release, and no call form worked anywhere there."""
    tried = [one for one in measured if one.operation is Operation.LOAD and release in one.releases]
    return bool(tried) and all(release in one.fails for one in tried)


def load_inspector(baseline: Path) -> Inspector:
    """Reads the committed tables."""
    releases, claims = load_releases(), load_claims()
    known = load_baseline(baseline, releases)
    return Inspector(
        table=read_ops_table(),
        packages=packages_by_op(load_op_packages()),
        measured={each: measured_calls(each.of_page, known, claims, releases) for each in ModelFormat},
    )
