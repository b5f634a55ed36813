"""Measures a part of a run and packs it: a folder of reports, with a manifest that is written last."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import Cell, Releases, load_releases
from conformance.errors import EvidenceError, ExitCode, UsageError, near_miss
from conformance.evidence import read_record
from conformance.results import RESULTS_FILE, Results, read_results
from conformance.running.matrix import run_matrix
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.plan import Reporter, RunPlan
from conformance.running.selection import Selection, select
from conformance.sharding.manifest import MANIFEST, SCHEMA, Manifest, Origin, Packed, digest, write_manifest
from conformance.sharding.origin import differences, origin_of, refuse_dirty


def measure_shard(names: Sequence[str], whole: Options, console: Console, report: Reporter) -> ExitCode:
    """Measures the cells of `whole` that `names` means, and packs them into its places.

    Args:
        names: cells, environments or releases by id, shell-style; none means all.
        whole: the run that the shard is a part of; its places are the shard's.

    Returns:
        Whether everything was measured. What the page is worth, the merge decides.
    """
    releases, claims = load_releases(), load_claims()
    planned = select(whole.selection, releases, claims)
    part = cells_of(names, planned, releases)
    places = whole.places
    origin = origin_of(places.root)
    refuse_dirty(origin, places.root)
    places.prepare()
    for name in (MANIFEST, RESULTS_FILE):  # what they describe is about to change
        (places.reports / name).unlink(missing_ok=True)
    narrowing = whole.selection.narrowing
    selection = Selection(only=tuple(cell.id for cell in part), narrowing=narrowing)
    run_matrix(msgspec.structs.replace(whole, selection=selection), console, report)
    if changed := differences(origin, origin_of(places.root)):
        raise EvidenceError(
            f"the checkout changed while its cells were measured: {', '.join(changed)}.",
            where=str(places.root),
            remedy=f"Measure the shard again; what was observed is in {places.reports}, without a manifest.",
        )
    if not (places.reports / RESULTS_FILE).exists():
        console.print("Interrupted before anything was measured: there is no shard.", soft_wrap=True)
        return ExitCode.INCOMPLETE
    results = read_results(places.reports / RESULTS_FILE)
    plan = RunPlan(whole.selection, tuple(cell.id for cell in planned))
    written = write_manifest(pack(results, plan, whole, origin), places.reports)
    console.print(f"Shard: {written.parent}, {len(part)} of the {len(planned)} cells of the run", soft_wrap=True)
    return ExitCode.INCOMPLETE if results.run.cells_missing else ExitCode.AS_EXPECTED


def cells_of(names: Sequence[str], planned: Sequence[Cell], releases: Releases) -> tuple[Cell, ...]:
    """The cells of the plan that any of `names` means; all, if there are none."""
    for name in names:
        if not set(releases.cells_matching([name])) & set(planned):
            raise UsageError(
                f'"{name}" is no part of the run that the options select.',
                where="command line",
                remedy=near_miss(name, [cell.id for cell in planned]),
            )
    if not names:
        return tuple(planned)
    wanted = set(releases.cells_matching(names))
    return tuple(cell for cell in planned if cell in wanted)


def pack(results: Results, plan: RunPlan, options: Options, origin: Origin) -> Manifest:
    """The manifest of the records that `results` were judged by; they lie in the places of `options`."""
    packed = {row.cell: _packed(row.cell, results, options.places) for row in results.environments}
    return Manifest(
        schema=SCHEMA,
        origin=origin,
        plan=plan,
        limits=options.limits,
        cells=results.run.cells_planned,
        packed={cell_id: one for cell_id, one in packed.items() if one},
    )


def _packed(cell_id: str, results: Results, places: Places) -> Packed | None:
    """The record that says what was judged.

    None where there is no such file: of a cell that was interrupted before its turn came, only what still holds of
    its earlier records was judged, and those say more. The merge shows such a cell as missing.
    """
    judged = {row.probe: row.outcome for row in results.observations if row.cell == cell_id}
    log = places.log(cell_id)
    for path in (places.record(cell_id), places.partial(cell_id)):
        if path.is_file() and {row.probe: row.outcome for row in read_record(path).observations} == judged:
            return Packed(
                partial=path == places.partial(cell_id),
                record=digest(path.read_bytes()),
                log=digest(log.read_bytes()) if log.is_file() else "",
            )
    return None
