from __future__ import annotations

from pathlib import Path

import pytest

from conformance.candidate.asked import Kind, Slot, read_asked
from conformance.errors import UsageError
from tests.candidate.fakes import write_wheel


def refused(slot: Slot, *typed: str) -> str:
    with pytest.raises(UsageError) as raised:
        read_asked({slot: typed})
    return str(raised.value)


def test_each_way_to_name_a_candidate(tmp_path: Path) -> None:
    tree, sdist = tmp_path / "hub", tmp_path / "hub-1.tar.gz"
    tree.mkdir()
    sdist.touch()
    wheel = write_wheel(tmp_path)
    for typed, kind, name in (
        (str(tree), Kind.TREE, ""),
        (str(sdist), Kind.SDIST, ""),
        (str(wheel), Kind.WHEEL, ""),
        ("0.17.0rc0", Kind.REQUIREMENT, ""),
        ("tensorflow_hub>=0.17.0rc0", Kind.REQUIREMENT, "tensorflow-hub"),
        ("tf-hub-nightly", Kind.REQUIREMENT, "tf-hub-nightly"),
    ):
        (asked,) = read_asked({Slot.HUB: [typed]})
        assert (asked.kind, asked.name, asked.path is not None) == (kind, name, kind is not Kind.REQUIREMENT)


def test_a_path_that_is_not_there_is_named_with_the_near_miss(tmp_path: Path) -> None:
    (tmp_path / "tensorflow-hub").mkdir()

    told = refused(Slot.HUB, str(tmp_path / "tensorflow-hubb" / "src"))

    assert f"{tmp_path} has no tensorflow-hubb" in told
    assert 'Perhaps you meant "tensorflow-hub"?' in told
    assert refused(Slot.HUB, str(tmp_path / "x" / "y")).endswith(f"{tmp_path} has no x. Correct the path.")
    assert refused(Slot.HUB, "dist/none.whl").endswith("it is relative to the harness's checkout.")
    assert "is not there" in refused(Slot.HUB, "./none")


@pytest.mark.parametrize(
    ("slot", "typed", "told"),
    [
        (Slot.HUB, (), "there is no candidate"),
        (Slot.HUB, ("0.16.0", "0.17.0"), "a second candidate for tensorflow-hub, beside --hub 0.16.0"),
        (Slot.HUB, ("tensorflow-cpu==2.16.1",), "takes the place of no tensorflow-hub. Give it by --tf."),
        (Slot.HUB, ("numpy==2.0",), "Give it by --with."),
        (Slot.HUB, ("not a requirement",), "no path that exists, and no requirement"),
        (Slot.WITH, ("numpy==1.0", "numpy==2.0"), "a second candidate for numpy"),
        (Slot.WITH, ("2.0",), "does not say of which package. Write 'PACKAGE==2.0'."),
        (Slot.HUB, (" ",), "names nothing"),
        (Slot.HUB, ("git+https://example.org/hub",), "names an address"),
        (Slot.WITH, ("numpy @ https://example.org/numpy.zip",), "names an address"),
        (Slot.WITH, ("numpy @ https://example.org/numpy",), "names an address"),
    ],
)
def test_what_cannot_be_meant_is_refused(slot: Slot, typed: tuple[str, ...], told: str) -> None:
    assert told in refused(slot, *typed)


def test_two_options_for_one_package_are_refused() -> None:
    with pytest.raises(UsageError, match="a second candidate for tensorflow, beside --tf"):
        read_asked({Slot.TF: ["2.16.1"], Slot.WITH: ["tf-nightly"]})


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert "neither a source tree nor a wheel nor an sdist" in refused(Slot.TF, str(tmp_path / "notes.txt"))
