"""The evidence for a blame: what happens to a deviation when one package alone is swapped, as the run observed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.reporting.timeline import lane_of
from conformance.results import VerdictRow
from conformance.words import Keras, Mode, Package, Verdict

# Which Keras generation a flavour is of: where it changes along with TensorFlow, two things were swapped.
_GENERATION = {Keras.BUNDLED: 2, Keras.LEGACY: 2, Keras.KERAS3: 3}
_KERAS = {
    Keras.BUNDLED: "the bundled Keras 2",
    Keras.LEGACY: "TF_USE_LEGACY_KERAS=1",
    Keras.KERAS3: "Keras 3",
}


class Pair(msgspec.Struct, frozen=True, order=True):
    """A cell with a deviation, and the cell that differs from it in one package only."""

    cell: str
    sibling: str
    other: str  # what the sibling has instead: "0.15", "2.15", "TF_USE_LEGACY_KERAS=1"


class PackageSwap(msgspec.Struct, frozen=True):
    """What became of a deviation when `package` alone was swapped.

    Attributes:
        at: the release in which it was, where it cannot be in that of the deviation: the nearest earlier one in which
            the claim deviates as well; "" for the deviation's own.
    """

    package: Package
    fixed: tuple[Pair, ...]
    not_fixed: tuple[Pair, ...]
    at: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """What the swaps say together; nothing is said of what works although it is documented as unsupported.

    Attributes:
        points_at: the packages whose swap alone fixes the deviation, in more cells than not.
        sentence: the same in words; empty where nothing could be swapped.
    """

    points_at: tuple[Package, ...] = ()
    sentence: str = ""
    swaps: tuple[PackageSwap, ...] = ()


def evidence_for(deviating: Sequence[VerdictRow], rows: Sequence[VerdictRow], axis: ReleaseAxis) -> Evidence:
    """What swapping shows of the cells that deviate.

    Args:
        deviating: the verdicts that deviate for one reason.
        rows: all verdicts on the same claim, in the same way and standing.
    """
    found: dict[Package, tuple[list[Pair], list[Pair]]] = {}
    for row in deviating:
        for package, sibling, other in _siblings(row, rows, axis):
            if sibling.verdict is Verdict.INCONCLUSIVE:
                continue
            holds, holds_not = found.setdefault(package, ([], []))
            (holds if sibling.verdict is Verdict.AGREES else holds_not).append(Pair(row.cell, sibling.cell, other))
    swaps = [PackageSwap(package, tuple(good), tuple(bad)) for package, (good, bad) in found.items()]
    if Package.HUB not in found:
        swaps.extend(_earlier_hub_swap(deviating, rows, axis))
    return _evidence(swaps)


def _earlier_hub_swap(
    deviating: Sequence[VerdictRow], rows: Sequence[VerdictRow], axis: ReleaseAxis
) -> Iterator[PackageSwap]:
    """The swap of the hub in the nearest earlier release, for releases in which no other hub can be installed."""
    first = min(deviating, key=lambda row: axis.position(row.release), default=None)
    alike = [
        row
        for row in rows
        if first is not None
        and row.verdict is first.verdict
        and lane_of(row)[0] == lane_of(first)[0]
        and _same_column(row, first)
        and axis.position(row.release) < axis.position(first.release)
    ]
    if first is None or not alike:
        return
    nearest = max(alike, key=lambda row: axis.position(row.release))
    for package, sibling, other in _siblings(nearest, rows, axis):
        if package is Package.HUB and sibling.verdict is Verdict.AGREES:
            pairs = tuple(Pair(row.cell, sibling.cell, other) for row in deviating)
            yield PackageSwap(Package.HUB, pairs, (), at=nearest.tf or nearest.release)


def together(parts: Iterable[Evidence]) -> Evidence:
    """The evidence on several claims that deviate for one cause; where one claim is not fixed, the cell is not."""
    fixed: dict[tuple[Package, str], set[Pair]] = {}
    not_fixed: dict[tuple[Package, str], set[Pair]] = {}
    for part in parts:
        for swap in part.swaps:
            fixed.setdefault((swap.package, swap.at), set()).update(swap.fixed)
            not_fixed.setdefault((swap.package, swap.at), set()).update(swap.not_fixed)
    return _evidence(
        PackageSwap(
            package=package,
            fixed=tuple(sorted(pairs - not_fixed[package, at])),
            not_fixed=tuple(sorted(not_fixed[package, at])),
            at=at,
        )
        for (package, at), pairs in fixed.items()
    )


def _evidence(swaps: Iterable[PackageSwap]) -> Evidence:
    swaps = tuple(sorted(swaps, key=lambda swap: (not swap.fixed, list(Package).index(swap.package))))
    fixing = [swap for swap in swaps if swap.fixed]
    said = [_fixes(swap) for swap in fixing]
    if in_vain := [_NAMES[swap.package] for swap in swaps if not swap.fixed]:
        alone = " or ".join(in_vain)
        said.append(f"Swapping {alone} alone does not." if fixing else f"Swapping {alone} alone does not fix it.")
    return Evidence(
        points_at=tuple(dict.fromkeys(swap.package for swap in fixing if len(swap.fixed) > len(swap.not_fixed))),
        sentence=" ".join(said),
        swaps=swaps,
    )


_NAMES = {Package.TENSORFLOW: "TensorFlow", Package.HUB: "tensorflow_hub", Package.KERAS: "Keras"}


def _fixes(swap: PackageSwap) -> str:
    """E.g. "Swapping Keras alone fixes it: it holds with TF_USE_LEGACY_KERAS=1 in all 8 cells that differ in that."."""
    others = ", ".join(dict.fromkeys(pair.other for pair in swap.fixed))
    number, tried = len(swap.fixed), len(swap.fixed) + len(swap.not_fixed)
    if swap.at:
        return (
            f"No other tensorflow_hub can be installed here; on TensorFlow {swap.at}, where one can, swapping it alone "
            f"fixes it: it holds with {others}."
        )
    if swap.package is Package.TENSORFLOW:
        return (
            f"Swapping TensorFlow alone fixes it: it holds with {others}, its tensorflow_hub and Keras being the same."
        )
    cells = f"in {'all ' if number == tried else f'{number} of '}{tried} cells" if tried > 1 else "in the one cell"
    return f"Swapping {_NAMES[swap.package]} alone fixes it: it holds with {others}, {cells} that could be compared."


def _siblings(
    row: VerdictRow, rows: Sequence[VerdictRow], axis: ReleaseAxis
) -> Iterator[tuple[Package, VerdictRow, str]]:
    """The verdicts of the cells that differ in one package, with which one it is and what they have instead."""
    for other in rows:
        same_hub, same_keras = lane_of(other)[0] == lane_of(row)[0], other.keras is row.keras
        if other.release == row.release and other.mode is row.mode:
            if same_hub and not same_keras:
                yield Package.KERAS, other, _KERAS[other.keras]
            elif same_keras and not same_hub:
                yield Package.HUB, other, f"tensorflow_hub {other.hub}"
        elif (
            other.verdict is Verdict.AGREES  # where it deviates as well, the border lies elsewhere
            and same_hub
            and _GENERATION[other.keras] == _GENERATION[row.keras]
            and _neighbours(row, other, axis)
        ):
            yield Package.TENSORFLOW, other, f"TensorFlow {other.tf or other.release}"


def _neighbours(row: VerdictRow, other: VerdictRow, axis: ReleaseAxis) -> bool:
    """Whether the two are of adjacent releases, in modes that stand in the same column of the page."""
    earlier, later = sorted((row.release, other.release), key=axis.position)
    return axis.adjacent(earlier, later) and _same_column(row, other)


def _same_column(row: VerdictRow, other: VerdictRow) -> bool:
    return (other.mode is Mode.TF2) == (row.mode is Mode.TF2)
