"""Merges shards into one run: refuses what does not belong together, then judges and reports it as a matrix does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import Record, read_record
from conformance.json_file import replace_files
from conformance.judging.admission import admit
from conformance.judging.baseline import load_baseline
from conformance.plain_text import counted
from conformance.running.exclusive import only_one
from conformance.running.places import Places
from conformance.running.plan import Reporter, RunPlan, judge_plan, load_rules, write_plan
from conformance.running.selection import Selection, select
from conformance.sharding.manifest import MANIFEST, Manifest, digest, read_manifest
from conformance.sharding.origin import DIRTY, differences, origin_of


class Shard(msgspec.Struct, frozen=True):
    """A shard whose files are what its manifest says.

    Attributes:
        records: of each of its cells that left one.
        files: what its records and logs are in the places of a whole run, relative to the reports, with the contents
            that were checked.
    """

    folder: Path
    manifest: Manifest
    records: tuple[Record, ...]
    files: dict[str, bytes]


def merge(
    folders: Sequence[Path], selection: Selection, places: Places, console: Console, report: Reporter
) -> ExitCode:
    """Judges the shards as one run, and leaves the reports and records that the whole run would have left.

    Args:
        selection: what the whole run set out to do; `Selection()` where the shards are to say it.
        places: where the reports go; narrowed as the run is.
    """
    rules = load_rules()
    load_baseline(places.baseline, rules.releases)
    shards = [read_shard(folder) for folder in folders]
    refuse_strangers(shards, places.root)
    if shards and selection == Selection():
        plan = shards[0].manifest.plan
    else:
        plan = RunPlan(selection, tuple(cell.id for cell in select(selection, rules.releases, rules.claims)))
        refuse_other_plan(shards, plan)
    records = records_of(shards)
    places = msgspec.structs.replace(places, narrowed=bool(plan.selection.narrowing))
    planned = [rules.releases.cell(cell_id) for cell_id in plan.cells]
    admit(records, planned, rules.releases)
    missing = len(planned) - len(records)
    found = f"{len(records)} of {len(planned)} cells, {missing} missing"
    console.print(f"{counted(len(shards), 'shard')}: {found}", soft_wrap=True)
    places.prepare()
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        replace_files(
            places.reports,
            {name: content for shard in shards for name, content in shard.files.items()},
            remedy="Make the folder writable (or free some space), then merge again; the shards are untouched.",
        )
        for shard in shards:
            for cell_id, packed in shard.manifest.packed.items():
                if not packed.partial:  # a complete record takes the place of a partial one, as when it is measured
                    places.partial(cell_id).unlink(missing_ok=True)
        write_plan(plan, places)
        return report(judge_plan(plan, places, rules, records=records), rules.claims, places)


def read_shard(folder: Path) -> Shard:
    """Reads a shard and checks that it is, to the byte, what was packed."""
    manifest = read_manifest(folder)
    there = Places(folder, folder, narrowed=bool(manifest.plan.selection.narrowing))
    records: list[Record] = []
    files: dict[str, bytes] = {}
    for cell_id, packed in manifest.packed.items():
        if cell_id not in manifest.cells or cell_id not in manifest.plan.cells:
            raise _damaged(folder / MANIFEST, f'packs the cell "{cell_id}", which is not planned.')
        record = there.partial(cell_id) if packed.partial else there.record(cell_id)
        log = there.log(cell_id)
        for path, stated in ((record, packed.record), (log, packed.log)):
            if stated:
                files[str(path.relative_to(folder))] = _checked(path, stated)
        records.append(read_record(record))
        if records[-1].header.cell != cell_id:
            raise _damaged(record, f'is of the cell "{records[-1].header.cell}".')
    return Shard(folder, manifest, tuple(records), files)


def refuse_strangers(shards: Sequence[Shard], root: Path) -> None:
    """Refuses shards that were not measured with one and the same checkout, for one and the same run."""
    here = origin_of(root)
    for shard in shards:
        manifest = shard.manifest
        if manifest.origin.harness.endswith(DIRTY):
            raise _stranger(shard, f"was measured with changes that are in no commit ({manifest.origin.harness}).")
        if differing := differences(manifest.origin, here):
            raise _stranger(
                shard,
                f"was measured with another checkout than this one at {root}: what differs is {', '.join(differing)}.",
                "Merge where the commit of the shards is checked out, without changes to it.",
            )
        if manifest.limits != shards[0].manifest.limits:
            raise _stranger(
                shard,
                f"was measured with other limits ({_limits(shard)}) than {shards[0].folder} ({_limits(shards[0])}).",
            )
    if shards:
        refuse_other_plan(shards, shards[0].manifest.plan)


def refuse_other_plan(shards: Iterable[Shard], plan: RunPlan) -> None:
    """Refuses shards of another run."""
    for shard in shards:
        if shard.manifest.plan != plan:
            other = shard.manifest.plan
            raise _stranger(
                shard,
                f"is part of another run: {other.selection} ({len(other.cells)} cells), not {plan.selection}"
                f" ({len(plan.cells)} cells).",
                "Merge only shards that were measured with the same options; where options are given here, with these.",
            )


def records_of(shards: Sequence[Shard]) -> list[Record]:
    """The record of each cell, once."""
    found: dict[str, tuple[Shard, Record]] = {}
    resolved: dict[str, tuple[Shard, Record]] = {}
    for shard in shards:
        for record in shard.records:
            header = record.header
            earlier, _ = found.setdefault(header.cell, (shard, record))
            if earlier.manifest.packed[header.cell].record != shard.manifest.packed[header.cell].record:
                raise _stranger(
                    shard,
                    f'has another record of the cell "{header.cell}" than {earlier.folder}.',
                    "Merge only one of the two.",
                )
            if not header.lock:
                continue
            first, like = resolved.setdefault(header.environment, (shard, record))
            if like.header.lock != header.lock:
                raise _stranger(
                    shard,
                    f'has the environment "{header.environment}" from another lock than {first.folder}: each resolved'
                    " it by itself.",
                    "Measure all cells of a floating environment in one shard.",
                )
    return [record for _, record in found.values()]


def _checked(path: Path, stated: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror}), but the manifest lists it.") from error
    if digest(content) != stated:
        raise _damaged(path, "is not the file that was packed: its hash differs from the manifest's.")
    return content


def _limits(shard: Shard) -> str:
    limits = shard.manifest.limits
    return f"{limits.probe:g} s a probe, {limits.cell:g} s a cell, {limits.examples} examples"


def _damaged(path: Path, what: str) -> EvidenceError:
    return EvidenceError(
        what,
        where=str(path),
        remedy="Copy the shard again, or measure it again, or merge without it: its cells are then shown as missing.",
    )


def _stranger(shard: Shard, what: str, remedy: str = "Measure it again, or merge without it.") -> EvidenceError:
    return EvidenceError(what, where=str(shard.folder), remedy=f"{remedy} The reports are as they were.")
