"""Which cells run, and which claims and probes within them."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from pathlib import Path

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.command_line.measuring import LIST
from conformance.command_line.parsing import render
from conformance.environments.catalogue import Cell, Releases
from conformance.errors import UsageError, near_miss, refuse_unknown
from conformance.inside.cell import glob_matches
from conformance.judging.narrowing import Narrowing
from conformance.running.places import ROOT
from conformance.words import Format, Keras, Mode, Operation

PROBES = ROOT / "conformance" / "inside" / "probes"
_PREFIX = "test_"


class Selection(msgspec.Struct, frozen=True):
    """What the command line asks for; a part left empty leaves everything in."""

    only: tuple[str, ...] = ()
    tf: tuple[str, ...] = ()
    hub: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    keras: tuple[str, ...] = ()
    narrowing: Narrowing = Narrowing()
    quick: bool = False

    def __str__(self) -> str:
        """The options as they could be typed, or "everything"."""
        chosen = {name: getattr(self, name) for name in ("quick", "only", "tf", "hub", "mode", "keras")}
        return shlex.join(render(LIST, chosen | self.narrowing.arguments)) or "everything"


# What each option of the selection looks at.
_TRAITS: dict[str, Callable[[Cell], str]] = {
    "tf": lambda cell: cell.environment.release.tf,
    "hub": lambda cell: cell.environment.hub_line,
    "mode": lambda cell: str(cell.mode),
    "keras": lambda cell: str(cell.keras),
}


class SelectionStep(msgspec.Struct, frozen=True):
    """One part of a selection, ready to be applied: how it was typed, what it keeps, and what it looks at."""

    typed: str
    keeps: Callable[[Cell], bool]
    looks_at: Callable[[Cell], str]


def select(selection: Selection, releases: Releases, catalogue: Catalogue) -> tuple[Cell, ...]:
    """The cells that `selection` leaves, oldest release first."""
    _check_values(selection, releases)
    left = releases.cells
    applied: list[str] = []
    for step in _steps(selection, releases, catalogue):
        kept = tuple(cell for cell in left if step.keeps(cell))
        if not kept:
            raise _emptied(step, applied, left)
        applied.append(step.typed)
        left = kept
    return left


def _steps(selection: Selection, releases: Releases, catalogue: Catalogue) -> Iterable[SelectionStep]:
    if selection.quick:
        yield _by_pattern("--quick", releases, releases.quick)
    if selection.only:
        yield _by_pattern(_typed("--only", selection.only), releases, selection.only)
    for name, looks_at in _TRAITS.items():
        if values := getattr(selection, name):
            typed = _typed(f"--{name}", values)
            yield SelectionStep(typed, keeps=partial(_is_among, values, looks_at), looks_at=looks_at)
    narrowing = selection.narrowing
    if narrowing.formats or narrowing.operations:
        options = Narrowing(formats=narrowing.formats, operations=narrowing.operations)
        yield SelectionStep(
            typed=shlex.join(render(LIST, options.arguments)),
            keeps=lambda cell: bool(narrowing.claims_of(cell, catalogue)),
            looks_at=lambda cell: f"claims for TF {cell.environment.release.tf} in mode {cell.mode}",
        )


def _by_pattern(typed: str, releases: Releases, patterns: tuple[str, ...]) -> SelectionStep:
    chosen = {cell.id for cell in releases.cells_matching(patterns)}
    return SelectionStep(typed, keeps=lambda cell: cell.id in chosen, looks_at=lambda cell: cell.id)


def _is_among(values: tuple[str, ...], looks_at: Callable[[Cell], str], cell: Cell) -> bool:
    return looks_at(cell) in values


def _typed(option: str, values: tuple[str, ...]) -> str:
    return shlex.join(word for value in values for word in (option, value))


def _check_values(selection: Selection, releases: Releases) -> None:
    _require("--tf", selection.tf, [release.tf for release in releases.releases])
    _require("--hub", selection.hub, [cell.environment.hub_line for cell in releases.cells])
    _require("--mode", selection.mode, _values(Mode))
    _require("--keras", selection.keras, _values(Keras))


def narrow(
    formats: Iterable[str], operations: Iterable[str], globs: Iterable[str], *, probes: Path = PROBES
) -> Narrowing:
    """The narrowing that was typed."""
    formats, operations, globs = tuple(formats), tuple(operations), tuple(globs)
    _require("--format", formats, _values(Format))
    _require("--operation", operations, _values(Operation))
    names = probe_names(probes) if globs else ()
    for glob in globs:
        if not may_match(glob, names):
            raise UsageError(f'no probe matches "{glob}".', where="selection, --probe", remedy=near_miss(glob, names))
    return Narrowing(tuple(map(Format, formats)), tuple(map(Operation, operations)), globs)


def probe_names(folder: Path = PROBES) -> tuple[str, ...]:
    """Every probe as "<module>.<function>", without parameters, read from the sources: they import TensorFlow."""
    return tuple(
        f"{path.stem.removeprefix(_PREFIX)}.{node.name.removeprefix(_PREFIX)}"
        for path in sorted(folder.glob(f"{_PREFIX}*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))
        if isinstance(node, ast.FunctionDef) and node.name.startswith(_PREFIX)
    )


def may_match(glob: str, names: Iterable[str]) -> bool:
    """Whether `glob`, which speaks of whole probe ids, can match a probe of these names; parameters are not known."""
    before_parameters = glob.split("[", 1)[0]
    return any(glob_matches(glob, name) or glob_matches(before_parameters, name) for name in names)


def _require(option: str, values: Iterable[str], known: Iterable[str]) -> None:
    for value in values:
        refuse_unknown(value, known, where=f"selection, {option}")


def _values(words: type[Enum]) -> list[str]:
    return [str(word.value) for word in words]


def _emptied(step: SelectionStep, applied: list[str], left: tuple[Cell, ...]) -> UsageError:
    before = f"the {len(left)} cells of {' '.join(applied)}" if applied else f"all {len(left)} cells"
    there = ", ".join(dict.fromkeys(step.looks_at(cell) for cell in left[:40]))
    return UsageError(
        f"no cell is left: {step.typed} keeps none of {before}, which have {there}.",
        where="selection",
        remedy="Drop or widen that part; `nox -s list` shows all cells.",
    )
