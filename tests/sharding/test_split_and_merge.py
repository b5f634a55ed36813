"""Split, run, merge: what comes out is what an unsplit run gives, and what does not belong together is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.errors import EvidenceError, ExitCode, HarnessError, UsageError
from conformance.limits import Limits
from conformance.running.places import Places
from conformance.running.plan import RunPlan, read_plan
from conformance.running.selection import Selection
from conformance.sharding.manifest import MANIFEST, Origin, digest, read_manifest
from tests.conftest import contents
from tests.sharding.conftest import CLEAN, FIRST, SECOND, THIRD, THREE, World, altered, copied
from tests.sharding.untimed import untimed


def test_shards_of_separate_checkouts_merge_to_what_an_unsplit_run_gives(world: World) -> None:
    whole = world.unsplit()

    late = world.shard("tf1.14", "tf1.15", checkout="second")
    early = world.shard(FIRST, checkout="first")
    world.merge(late, early)

    assert untimed(world.merged) == untimed(whole)
    assert world.merged.run.cells_missing == {}


def test_a_merge_leaves_all_that_a_matrix_leaves(world: World) -> None:
    world.unsplit()
    world.merge(world.shard())

    def left(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def unnamed(names: set[str]) -> set[str]:
        return {name for name in names if not name.startswith("history/")}  # whose files are named after the time

    assert unnamed(left(world.reports)) == unnamed(left(world.folder / "whole" / "reports"))


def test_a_merged_run_can_be_judged_again(world: World, first: Path) -> None:
    world.merge(first)

    assert read_plan(Places(world.folder, world.reports)).cells == (FIRST, SECOND, THIRD)


def test_a_cell_that_no_shard_has_is_missing(world: World, first: Path) -> None:
    code = world.merge(first)

    assert code is not ExitCode.AS_EXPECTED
    assert world.merged.run.cells_missing == {SECOND: "no record", THIRD: "no record"}
    assert "1 shard: 1 of 3 cells, 2 missing" in world.seen


def test_an_older_record_in_the_reports_is_no_evidence_for_a_missing_cell(
    world: World, first: Path, second: Path
) -> None:
    world.merge(first, second)

    world.merge(first)

    assert set(world.merged.run.cells_missing) == {SECOND, THIRD}


def test_without_any_shard_everything_that_was_planned_is_missing(world: World) -> None:
    assert world.merge(selection=THREE) is ExitCode.INCOMPLETE

    assert set(world.merged.run.cells_missing) == {FIRST, SECOND, THIRD}


def test_a_cell_that_died_midway_keeps_what_it_observed(world: World) -> None:
    world.defects[SECOND] = "dies mid-run"
    shard = world.shard()

    assert world.code is ExitCode.INCOMPLETE
    assert read_manifest(shard).packed[SECOND].partial
    world.merge(shard)
    assert world.merged.run.cells_missing == {SECOND: "cut short after 1 of 2 probes"}
    assert [row.probe for row in world.merged.observations if row.cell == SECOND] == ["one"]


def test_a_shard_that_was_measured_succeeded_whatever_it_observed(world: World) -> None:
    world.shard(FIRST)  # its probes speak to hardly any claim, so that an unsplit run would not be 0

    assert world.code is ExitCode.AS_EXPECTED


def test_the_same_shard_twice_is_the_shard_once(world: World, first: Path) -> None:
    before = contents(first)

    world.merge(first, copied(first, "again"))

    assert len(world.merged.environments) == 1
    assert contents(first) == before  # it is only read


RECORD, LOG = f"records/{FIRST}.jsonl", f"logs/{FIRST}.log"


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        (RECORD, lambda raw: raw[:-40], f"{FIRST}.jsonl: is not the file that was packed"),
        (RECORD, lambda raw: raw.replace(b'"works"', b'"wrong-values"'), "is not the file that was packed"),
        (RECORD, None, f"{FIRST}.jsonl: cannot be read (No such file or directory), but the manifest lists it"),
        (LOG, None, f"{FIRST}.log: cannot be read"),
        (MANIFEST, None, "manifest.json: cannot be read (No such file"),
        (MANIFEST, lambda raw: raw[:200], "manifest.json: is damaged"),
        (
            MANIFEST,
            lambda raw: raw.replace(b'"shard/1"', b'"shard/2"'),
            'manifest.json: is of schema "shard/2", but this version reads "shard/1"',
        ),
        (
            MANIFEST,
            lambda raw: raw.replace(f'"{FIRST}": {{'.encode(), b'"../../x": {'),
            'packs the cell "../../x", which is not planned',
        ),
    ],
)
def test_a_damaged_shard_is_refused_by_name(
    name: str, damage: Callable[[bytes], bytes] | None, said: str, world: World, first: Path, second: Path
) -> None:
    raw = (first / name).read_bytes()
    (first / name).unlink()
    if damage:
        assert damage(raw) != raw
        (first / name).write_bytes(damage(raw))

    refused = refusal(world, second, first)

    assert said in refused
    assert str(first) in refused


def test_a_record_of_another_cell_is_refused(world: World, first: Path) -> None:
    rewritten(first, FIRST, lambda raw: raw.replace(FIRST.encode(), SECOND.encode()))

    assert f'is of the cell "{SECOND}"' in refusal(world, first)


def test_a_shard_of_uncommitted_changes_is_refused(world: World, first: Path) -> None:
    altered(first / MANIFEST, origin=Origin("0123456789ab-dirty", CLEAN.content))

    assert "changes that are in no commit (0123456789ab-dirty)" in refusal(world, first)


def test_uncommitted_changes_are_refused_before_anything_is_measured(world: World) -> None:
    world.origins["first"] = Origin("0123456789ab-dirty", CLEAN.content)

    with pytest.raises(UsageError, match="in no commit") as refused:
        world.shard(FIRST)

    assert "nothing was run" in str(refused.value)
    assert not (world.folder / "shards").exists()


def test_a_checkout_that_changes_meanwhile_makes_no_shard(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([CLEAN, Origin(CLEAN.harness, {**CLEAN.content, "the locks": "sha256:99"})])
    monkeypatch.setattr("conformance.sharding.measuring.origin_of", lambda root: next(states))

    with pytest.raises(EvidenceError, match="changed while its cells were measured: the locks"):
        world.shard(FIRST)

    out = world.folder / "shards" / "first"
    assert (out / "records" / f"{FIRST}.jsonl").exists()
    assert not (out / MANIFEST).exists()


def test_measuring_again_first_takes_the_old_manifest_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = world.shard(FIRST)

    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.sharding.measuring.run_matrix", fail)
    with pytest.raises(KeyboardInterrupt):
        world.shard(FIRST)

    assert not (shard / MANIFEST).exists()


def test_a_run_that_was_interrupted_at_once_makes_no_shard_of_what_lay_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = world.shard(FIRST)
    monkeypatch.setattr("conformance.sharding.measuring.run_matrix", lambda *arguments: ExitCode.INCOMPLETE)

    world.shard(FIRST)

    assert world.code is ExitCode.INCOMPLETE
    assert "there is no shard" in world.seen
    assert not (shard / MANIFEST).exists()
    assert (shard / "records" / f"{FIRST}.jsonl").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": Origin("ba9876543210", CLEAN.content)}, "the commit (ba9876543210, 0123456789ab)"),
        (
            {"origin": Origin(CLEAN.harness, {**CLEAN.content, "the claims": "sha256:99"})},
            "what differs is the claims.",
        ),
        (
            {"plan": RunPlan(Selection(only=("tf1.14",)), (SECOND,))},
            "--only tf1.14 (1 cells), not --only tf1.13 --only tf1.14 --only tf1.15-hub0.15 (3 cells)",
        ),
        ({"limits": Limits(examples=100)}, "100 examples) than"),
    ],
    ids=["another commit", "other contents", "another run", "it tried more"],
)
def test_a_shard_that_does_not_belong_to_the_others_is_refused(
    changes: dict[str, object], said: str, world: World, first: Path, second: Path
) -> None:
    altered(second / MANIFEST, **changes)

    refused = refusal(world, first, second)

    assert said in refused
    assert str(second) in refused


def test_shards_of_another_run_than_the_options_say_are_refused(world: World, first: Path) -> None:
    assert "part of another run" in refusal(world, first, selection=Selection(only=("tf1.13",)))


def test_two_records_of_one_cell_are_refused(world: World, first: Path) -> None:
    other = copied(first, "other")
    rewritten(other, FIRST, lambda raw: raw.replace(b'"works"', b'"wrong-values"'))

    assert f'another record of the cell "{FIRST}" than {first}' in refusal(world, first, other)


def test_an_environment_that_two_shards_resolved_differently_is_refused(world: World) -> None:
    run = Selection(only=("tf2.15-hub0.16",))
    one = world.shard("tf2.15-hub0.16-tf1-compat", out="one", selection=run)
    other = world.shard("tf2.15-hub0.16-tf2", out="other", selection=run)
    rewritten(one, "tf2.15-hub0.16-tf1-compat", lambda raw: raw.replace(b'"lock": ""', b'"lock": "sha256:aa"'))
    rewritten(other, "tf2.15-hub0.16-tf2", lambda raw: raw.replace(b'"lock": ""', b'"lock": "sha256:bb"'))

    assert 'the environment "tf2.15-hub0.16" from another lock' in refusal(world, one, other)


@pytest.mark.parametrize(
    ("name", "said"),
    [("tf2.15", "is no part of the run"), ("tf9*", "there is no cell, environment or release")],
)
def test_a_part_that_is_none_is_refused(name: str, said: str, world: World) -> None:
    with pytest.raises(UsageError, match=said):
        world.shard(name)


def rewritten(shard: Path, cell_id: str, change: Callable[[bytes], bytes]) -> None:
    """Changes a record, and the manifest with it."""
    record = shard / "records" / f"{cell_id}.jsonl"
    raw = change(record.read_bytes())
    assert raw != record.read_bytes()
    record.write_bytes(raw)
    packed = msgspec.json.decode((shard / MANIFEST).read_bytes())["packed"]
    altered(shard / MANIFEST, packed={**packed, cell_id: {**packed[cell_id], "record": digest(raw)}})


def refusal(world: World, *shards: Path, selection: Selection | None = None) -> str:
    """The paragraph with which the shards are refused; nothing was touched, neither they nor earlier reports."""
    world.reports.mkdir(parents=True)
    (world.reports / "results.json").write_text("earlier")
    before = contents(*shards, world.reports)
    with pytest.raises(HarnessError) as refused:
        world.merge(*shards, selection=selection)
    assert contents(*shards, world.reports) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_what_an_earlier_run_left_unfinished_here_does_not_outlast_the_merged_record(world: World, first: Path) -> None:
    world.reports.mkdir(parents=True)
    stale = Places(world.reports.parent, world.reports).partial(FIRST)
    stale.parent.mkdir(parents=True)
    stale.write_text("cut short")

    world.merge(first)

    assert not stale.exists()
