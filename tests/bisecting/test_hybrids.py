from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.bisecting.hybrids import EnvironmentPart, Hybrid, ObservedEnvironment, differing_parts, mix, part_of
from conformance.environments.catalogue import load_releases
from conformance.environments.lock_file import LockedPackage, entries_of, read_lock
from conformance.words import Keras
from tests.bisecting.fakes import write_lock

RELEASES = load_releases()
OLD, NEW = "tf2.15-hub0.16-tf2", "tf2.16-hub0.16-tf2-keras3"


def source(cell: str) -> ObservedEnvironment:
    """A cell with its committed lock."""
    found = RELEASES.cell(cell)
    return ObservedEnvironment(found.environment.release.requirement, found, found.environment.lock)


def test_every_package_is_of_one_part() -> None:
    assert part_of("tf-nightly-cpu") is EnvironmentPart.TENSORFLOW
    assert part_of("keras-nightly") is part_of("tf-keras") is EnvironmentPart.KERAS
    assert part_of("tensorflow-hub") is EnvironmentPart.HUB
    assert part_of("tensorflow-estimator") is part_of("numpy") is EnvironmentPart.REST


def test_the_parts_in_which_two_committed_locks_differ() -> None:
    old, new = read_lock(source(OLD).lock), read_lock(source(NEW).lock)

    assert differing_parts(old, new) == (
        EnvironmentPart.TENSORFLOW,
        EnvironmentPart.KERAS,
        EnvironmentPart.PYTHON,
        EnvironmentPart.REST,
    )
    assert differing_parts(old, old) == ()


def test_a_hybrid_has_one_part_of_the_other_and_nothing_else(tmp_path: Path) -> None:
    old, new = read_lock(source(OLD).lock).packages, read_lock(source(NEW).lock).packages
    hybrid = Hybrid(source(OLD), source(NEW), (EnvironmentPart.TENSORFLOW,))
    hybrid.write(tmp_path / "lock.txt")

    mixed = read_lock(tmp_path / "lock.txt")
    differing = {name for name in mixed.packages.keys() | old.keys() if mixed.packages.get(name) != old.get(name)}

    assert mixed.packages["tensorflow-cpu"] == new["tensorflow-cpu"]
    assert mixed.environment == hybrid.cell.environment.id
    assert mixed.python == "3.11"
    # Beside it only what it needs and the base never had.
    assert {name for name in differing if name in old} == {"tensorflow-cpu"}


def test_a_hybrid_keeps_the_hashes_and_the_build_options(tmp_path: Path) -> None:
    Hybrid(source(OLD), source(NEW), (EnvironmentPart.HUB,)).write(tmp_path / "lock.txt")

    text = (tmp_path / "lock.txt").read_text()
    assert "--only-binary :all:" in text
    for name, entry in entries_of(source(OLD).lock.read_text()).items():
        assert name == "tensorflow-hub" or entry.text in text


def test_which_keras_tf_keras_is_goes_with_the_packages() -> None:
    assert Hybrid(source(OLD), source(NEW), (EnvironmentPart.TENSORFLOW,)).cell.keras is Keras.BUNDLED
    assert Hybrid(source(OLD), source(NEW), (EnvironmentPart.KERAS,)).cell.keras is Keras.KERAS3


def test_python_can_be_swapped_too(tmp_path: Path) -> None:
    hybrid = Hybrid(source(OLD), source(NEW), (EnvironmentPart.PYTHON,))
    hybrid.write(tmp_path / "lock.txt")

    assert read_lock(tmp_path / "lock.txt").python == "3.12"
    assert read_lock(tmp_path / "lock.txt").packages == read_lock(source(OLD).lock).packages


def entries(path: Path, packages: dict[str, str], needs: dict[str, tuple[str, ...]]) -> dict[str, LockedPackage]:
    return entries_of(write_lock(path, packages, needs=needs).read_text())


def test_a_nightly_takes_the_place_of_a_release(tmp_path: Path) -> None:
    base = entries(tmp_path / "a", {"tensorflow-cpu": "2.21.0", "keras": "3.1", "numpy": "2.0"}, {})
    other = entries(
        tmp_path / "b",
        {"tf-nightly": "2.23.0.dev1", "keras-nightly": "3.2.dev1", "numpy": "2.1"},
        {"keras-nightly": ("tf-nightly",), "numpy": ("tf-nightly",)},
    )

    mixed = mix(base, other, lambda name: part_of(name) is EnvironmentPart.TENSORFLOW)

    # Keras is there already, if under its other name, and stays as it is.
    assert {name: entry.version for name, entry in mixed.items()} == {
        "keras": "3.1",
        "numpy": "2.0",
        "tf-nightly": "2.23.0.dev1",
    }


def test_what_a_part_needs_and_the_base_never_had_comes_along(tmp_path: Path) -> None:
    base = entries(tmp_path / "a", {"tensorflow-cpu": "2.15", "numpy": "1.0"}, {})
    other = entries(
        tmp_path / "b",
        {"tensorflow-cpu": "2.16", "numpy": "2.0", "optree": "1.0", "rich": "1.0", "absent": "1.0"},
        {"optree": ("tensorflow-cpu",), "rich": ("numpy", "optree"), "absent": ("numpy",)},
    )

    assert mix(base, other, lambda name: part_of(name) is EnvironmentPart.TENSORFLOW).keys() == {
        "tensorflow-cpu",
        "numpy",
        "optree",
        "rich",
    }


def test_what_the_base_needs_survives_the_swap_of_the_rest(tmp_path: Path) -> None:
    base = entries(
        tmp_path / "a",
        {"tensorflow-cpu": "2.15", "tensorflow-estimator": "2.15"},
        {"tensorflow-estimator": ("tensorflow-cpu",)},
    )
    other = entries(tmp_path / "b", {"tensorflow-cpu": "2.16", "numpy": "2.0"}, {})

    mixed = mix(base, other, lambda name: part_of(name) is EnvironmentPart.REST)

    assert {name: entry.version for name, entry in mixed.items()} == {
        "numpy": "2.0",
        "tensorflow-cpu": "2.15",
        "tensorflow-estimator": "2.15",
    }


def test_an_entry_of_a_lock_knows_who_needs_it() -> None:
    lock = source(OLD).lock.read_text()
    entries = entries_of(lock)

    assert {name: entry.version for name, entry in entries.items()} == read_lock(source(OLD).lock).packages
    assert entries["keras"].needed_by == ("tensorflow-cpu",)
    assert {"h5py", "tensorflow-cpu", "tensorflow-hub"} <= set(entries["numpy"].needed_by)
    assert entries["tensorflow-hub"].needed_by == ()  # it was asked for
    assert all(entry.text in lock and entry.text.count("==") == 1 for entry in entries.values())


def test_each_hybrid_has_a_label_of_its_own() -> None:
    labels = {
        Hybrid(*pair, (part,)).label
        for pair in ((source(OLD), source(NEW)), (source(NEW), source(OLD)))
        for part in EnvironmentPart
    }

    assert len(labels) == 2 * len(EnvironmentPart)
    assert (
        msgspec.structs.asdict(source(OLD))["label"] in Hybrid(source(OLD), source(NEW), (EnvironmentPart.HUB,)).label
    )
