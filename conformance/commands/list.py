"""`list`: what a selection would run."""

from __future__ import annotations

import msgspec

from conformance.claims.catalogue import Catalogue, load_claims
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import selection_of
from conformance.environments.catalogue import Cell, load_releases
from conformance.errors import ExitCode
from conformance.judging.narrowing import Narrowing
from conformance.running.selection import select


class Row(msgspec.Struct, frozen=True):
    """One cell, as listed."""

    cell: str
    environment: str
    tensorflow: str
    hub: str
    python: str
    mode: str
    keras: str
    claims: tuple[str, ...]
    session: str


def run(arguments: Arguments) -> CommandResult:
    """Prints the selected cells."""
    selection = selection_of(arguments)
    catalogue = load_claims()
    cells = select(selection, load_releases(), catalogue)
    rows = [_row(cell, selection.narrowing, catalogue) for cell in cells]
    print(_table(rows))
    environments = {row.environment for row in rows}
    print(f"\n{len(rows)} cells in {len(environments)} environments ({selection})")
    return CommandResult(ExitCode.AS_EXPECTED, rows)


def _row(cell: Cell, narrowing: Narrowing, catalogue: Catalogue) -> Row:
    release = cell.environment.release
    return Row(
        cell=cell.id,
        environment=cell.environment.id,
        tensorflow=release.requirement,
        hub=cell.environment.hub,
        python=release.python,
        mode=str(cell.mode),
        keras=str(cell.keras),
        claims=tuple(claim.id for claim in narrowing.claims_of(cell, catalogue)),
        session=f"cell({cell.id})",
    )


def _table(rows: list[Row]) -> str:
    lines = [("cell", "tensorflow", "hub", "python", "mode", "keras", "claims")]
    lines += [(r.cell, r.tensorflow, r.hub, r.python, r.mode, r.keras, str(len(r.claims))) for r in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
