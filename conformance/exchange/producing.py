"""Lets cells make the models, and takes these into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from conformance.environments.catalogue import Cell
from conformance.exchange.measuring import run_cells
from conformance.exchange.store import Store, role_of
from conformance.inside.exchange.roles import ROLES
from conformance.running.exchange_subject import SCHEMA, ExchangeSubject
from conformance.running.matrix import Measured
from conformance.running.options import Options
from conformance.running.places import Places, default_places
from conformance.running.records import earlier_records
from conformance.words import Outcome

FOLDER = "exchange"  # below the reports
_MADE, _STORE = "made", "store"


def store_in(reports: Path) -> Store:
    """The store of these reports."""
    return Store(reports / FOLDER / _STORE)


def produce(cells: Sequence[Cell], options: Options, console: Console, roles: Sequence[str] = ()) -> Measured:
    """Makes what is not in the store yet.

    Args:
        roles: those to make; all by default.
    """
    reports = options.places.reports
    store, made = store_in(reports), reports / FOLDER / _MADE
    places = default_places(reports / FOLDER / "produce", narrowed=bool(roles))
    for cell in cells:
        settle_earlier_run(cell, store, places, made)
    made.mkdir(parents=True, exist_ok=True)
    subject = ExchangeSubject(SCHEMA, str(made), tuple(roles or ROLES))
    options = msgspec.structs.replace(options, places=places)
    measured = run_cells(cells, subject, options, console, f"make {len(subject.roles)} roles of models")
    by_id = {cell.id: cell for cell in cells}
    for record in measured.records:
        store.take_in(by_id[record.header.cell], record, made)
    return measured


def summary_lines(measured: Measured) -> Iterable[str]:
    """What came of it, role by role."""
    outcomes: dict[str, Counter[str]] = {}
    for record in measured.records:
        for one in record.observations:
            outcomes.setdefault(role_of(one.probe), Counter())[str(one.outcome)] += 1
    unavailable = [record.header.cell for record in measured.records if record.unavailable]
    width = max(map(len, outcomes), default=0)
    for role in ROLES:
        if found := outcomes.get(role):
            counts = [f"{found[outcome]} {outcome}" for outcome in map(str, Outcome) if found[outcome]]
            yield f"  {role:<{width}}  {', '.join(counts)}"
    if unavailable:
        yield f"  unavailable: {', '.join(unavailable)}"


def settle_earlier_run(cell: Cell, store: Store, places: Places, made: Path) -> None:
    """Takes in what an earlier run made and had no time to take in, since it was killed; then forgets what is gone.

    An observation that a model was made is worth nothing where the model is gone: it is made again.
    """
    records = earlier_records(cell.id, places).records
    for record in records:
        store.take_in_what_was_left(cell, record, made)
    roles: Collection[str] = {
        role_of(one.probe) for record in records for one in record.observations if one.outcome is Outcome.WORKS
    }
    if not all(store.has(cell.id, role) for role in roles):
        places.record(cell.id).unlink(missing_ok=True)
        places.partial(cell.id).unlink(missing_ok=True)
