from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from conformance.candidate import replacing
from conformance.candidate.asked import Slot
from conformance.candidate.replacing import CannotReplaceError, PreparedCandidate, replace_in
from conformance.environments import interpreters
from conformance.environments.command import Finished
from conformance.environments.lock_file import Lock, read_lock
from conformance.environments.unavailable import UnavailableError
from tests.bisecting.fakes import write_lock
from tests.candidate.fakes import digest_of, prepared, requirement, write_wheel
from tests.judging.cases import TF2

ENVIRONMENT = TF2.environment
BASE = {"numpy": "1.26", "protobuf": "4.25", "tensorflow-cpu": "2.15.1", "tensorflow-hub": "0.16.1"}


class FakeResolver:
    """Replaces uv; resolves to `found` ("name==version": who needs it), and keeps what it was given."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.failure = ""
        self.wanted = self.constraints = self.overrides = ""
        self.options: tuple[str | Path, ...] = ()

    def __call__(self, *arguments: str | Path, folder: Path) -> Finished:
        self.options = arguments
        self.wanted, self.constraints, self.overrides = (
            (folder / name).read_text() for name in ("candidates.in", "others.in", "overrides.txt")
        )
        if self.failure and "--output-file" not in arguments:
            return Finished(1, "", self.failure)
        body = [
            f"{one} \\\n    --hash=sha256:{'f' * 64}\n    # via {needed_by or '-r candidates.in'}"
            for one, needed_by in self.found.items()
        ]
        return Finished(0, "\n".join(body) + "\n", "")


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> FakeResolver:
    fake = FakeResolver()
    monkeypatch.setattr(replacing, "uv", fake)
    monkeypatch.setattr(interpreters, "find", lambda version: Path("python"))
    return fake


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    return read_lock(write_lock(tmp_path / "base.txt", BASE))


@pytest.fixture
def hub(tmp_path: Path) -> PreparedCandidate:
    return prepared(write_wheel(tmp_path / "kept"))


def refused(lock: Lock, *candidates: PreparedCandidate) -> CannotReplaceError:
    with pytest.raises(CannotReplaceError) as raised:
        replace_in(lock, ENVIRONMENT, candidates, lock.path.with_name("new.txt"))
    return raised.value


def test_exactly_one_package_is_replaced(lock: Lock, hub: PreparedCandidate, uv: FakeResolver, tmp_path: Path) -> None:
    replaced = replace_in(lock, ENVIRONMENT, [hub], tmp_path / "new.txt")

    new = read_lock(replaced.path)
    assert new.packages == BASE | {"tensorflow-hub": "0.17.0"}
    assert (new.environment, new.python) == (ENVIRONMENT.id, ENVIRONMENT.release.python)
    assert replaced.changes == ("tensorflow-hub 0.16.1 -> 0.17.0",)
    assert hub.wheel
    text = replaced.path.read_text()
    assert f"--hash=sha256:{hub.wheel.digest}" in text
    assert f"--find-links {hub.wheel.path.parent}" in text
    assert "--only-binary :all:" in text
    assert uv.wanted == f"tensorflow-hub @ {hub.wheel.path.as_uri()}\n"
    assert uv.constraints.splitlines() == ["numpy==1.26", "protobuf==4.25", "tensorflow-cpu==2.15.1"]


def test_what_a_lock_means_does_not_depend_on_where_the_wheel_lies(
    lock: Lock, uv: FakeResolver, tmp_path: Path
) -> None:
    contents = set()
    for folder in ("a", "b"):
        path = tmp_path / folder / "tensorflow_hub-0.17.0-py3-none-any.whl"
        path.parent.mkdir()
        path.write_bytes(b"the same")
        replaced = replace_in(lock, ENVIRONMENT, [prepared(path)], tmp_path / f"{folder}.txt")
        contents.add(read_lock(replaced.path).content)
    assert len(contents) == 1


def test_a_version_is_one_of_the_package_that_the_lock_has(lock: Lock, uv: FakeResolver, tmp_path: Path) -> None:
    uv.found = {"tensorflow-cpu==2.15.0": ""}

    replaced = replace_in(lock, ENVIRONMENT, [requirement("2.15.0", Slot.TF)], tmp_path / "new.txt")

    assert uv.wanted == "tensorflow-cpu==2.15.0\n"
    assert replaced.changes == ("tensorflow-cpu 2.15.1 -> 2.15.0",)


def test_a_requirement_is_resolved_as_it_is_typed(lock: Lock, uv: FakeResolver, tmp_path: Path) -> None:
    uv.found = {"tf-hub-nightly==0.17.0.dev1": ""}

    replaced = replace_in(lock, ENVIRONMENT, [requirement("tf-hub-nightly>=0.17.0.dev0")], tmp_path / "new.txt")

    assert uv.wanted == "tf-hub-nightly>=0.17.0.dev0\n"
    assert replaced.changes == ("tensorflow-hub 0.16.1 -> (gone)", "tf-hub-nightly (new) -> 0.17.0.dev1")


def test_what_the_candidate_needs_and_the_lock_lacks_is_added(
    lock: Lock, hub: PreparedCandidate, uv: FakeResolver, tmp_path: Path
) -> None:
    uv.found = {"tf-keras==2.15.1": "tensorflow-hub", "numpy==1.26": "tensorflow-hub"}

    replaced = replace_in(lock, ENVIRONMENT, [hub], tmp_path / "new.txt")

    assert replaced.changes == ("tensorflow-hub 0.16.1 -> 0.17.0", "tf-keras (new) -> 2.15.1")


def test_a_candidate_that_contradicts_the_lock_is_refused_with_the_resolvers_reason(
    lock: Lock, hub: PreparedCandidate, uv: FakeResolver
) -> None:
    uv.failure = (
        "error: No solution found when resolving dependencies\n  cause: Because tensorflow-hub==0.17.0 depends on\n"
        "    numpy>=2 and you require numpy==1.26, we can conclude that it is impossible."
    )
    error = refused(lock, hub)
    assert error.what.startswith("it does not go with the other packages of the lock: Because tensorflow-hub==0.17.0")
    assert "have to change" not in error.what
    assert "by --with" in error.remedy

    uv.found = {"numpy==2.0": "tensorflow-hub", "protobuf==4.25": "", "new==1.0": ""}
    assert refused(lock, hub).what.endswith(" With it, these would have to change as well: numpy 1.26 -> 2.0.")
    assert uv.constraints.splitlines() == ["numpy", "protobuf", "tensorflow-cpu"]


@pytest.mark.parametrize(
    "why",
    [
        "there is no version of tensorflow-hub==0.99 and you require tensorflow-hub==0.99",
        "only tensorflow-hub<0.17 is available and you require tensorflow-hub==0.99",
        "tensorflow-hub was not found in the package registry and you require tensorflow-hub==0.99",
    ],
)
def test_a_version_that_the_index_does_not_have_is_said_to_be_none(lock: Lock, uv: FakeResolver, why: str) -> None:
    uv.failure = f"error: No solution found when resolving dependencies\n  cause: Because {why}, we can conclude so."
    assert refused(lock, requirement("0.99")).what.startswith(f"the package index has no such version: Because {why}")


def test_a_wheel_whose_needs_contradict_the_lock_is_not_said_to_be_missing_from_the_index(
    lock: Lock, hub: PreparedCandidate, uv: FakeResolver
) -> None:
    uv.failure = (
        "error: No solution found when resolving dependencies\n  cause: Because only tensorflow-hub==0.17.0"
        " is available and tensorflow-hub==0.17.0 depends on numpy>=2.1, we can conclude so."
    )
    assert refused(lock, hub).what.startswith("it does not go with the other packages of the lock: Because only")


def test_an_index_that_cannot_be_reached_is_not_held_against_the_candidate(
    lock: Lock, hub: PreparedCandidate, uv: FakeResolver, tmp_path: Path
) -> None:
    uv.failure = "error: Failed to fetch: `somewhere`"
    with pytest.raises(UnavailableError) as raised:
        replace_in(lock, ENVIRONMENT, [hub], tmp_path / "new.txt")
    assert not isinstance(raised.value, CannotReplaceError)


def test_a_second_tensorflow_is_refused(lock: Lock, hub: PreparedCandidate, uv: FakeResolver) -> None:
    uv.found = {"tensorflow==2.22.0": "tf-keras", "tf-keras==2.22.0": "tensorflow-hub"}
    assert "brings a second TensorFlow: tensorflow 2.22.0 and tensorflow-cpu 2.15.1 (needed by tf-keras);" in (
        refused(lock, hub).what
    )


@pytest.mark.parametrize(
    ("need", "refuses"),
    [
        ("tf-nightly-cpu>=2.20", True),
        ("tensorflow>=2.16", True),
        ("tensorflow-cpu", False),  # which is there
        ("tf-nightly ; extra == 'nightly'", False),
        ("tf-nightly ; python_version < '3.9'", False),
    ],
)
def test_a_wheel_that_needs_a_second_tensorflow_is_refused_before_anything_is_resolved(
    lock: Lock, hub: PreparedCandidate, uv: FakeResolver, tmp_path: Path, need: str, refuses: bool
) -> None:
    assert hub.wheel
    wheel = msgspec.structs.replace(hub, wheel=msgspec.structs.replace(hub.wheel, needs=(need,)))
    if refuses:
        assert f"it brings a second TensorFlow: it needs {need}, beside tensorflow-cpu;" in refused(lock, wheel).what
        assert not uv.options
    else:
        replace_in(lock, ENVIRONMENT, [wheel], tmp_path / "new.txt")


def test_of_a_long_explanation_the_beginning_is_told(lock: Lock, hub: PreparedCandidate, uv: FakeResolver) -> None:
    uv.failure = "error: No solution found when resolving dependencies\n  cause: " + "because " * 100 + "\nhint: wait"
    told = refused(lock, hub).what
    assert len(told) < 500
    assert told.endswith("because ...")


def test_a_package_that_the_lock_does_not_have_cannot_be_replaced(lock: Lock, uv: FakeResolver) -> None:
    assert "it has no keras that could be replaced" in refused(lock, requirement("3.0", Slot.KERAS)).what


def test_a_wheel_for_another_python_is_refused(lock: Lock, uv: FakeResolver, tmp_path: Path) -> None:
    assert "it is a wheel for cp39-none-any" in refused(lock, prepared(write_wheel(tmp_path, tag="cp39-none-any"))).what
    assert not uv.options


def test_the_very_package_that_is_installed_is_refused(tmp_path: Path, uv: FakeResolver) -> None:
    wheel = prepared(write_wheel(tmp_path / "kept", version="0.16.1"))
    assert wheel.wheel
    path = write_lock(tmp_path / "base.txt", BASE)
    text = path.read_text().replace(read_digest(path, "tensorflow-hub"), digest_of(wheel.wheel.path))
    body, mark, _ = text.rpartition("# sha256 of the lines above: ")
    path.write_text(f"{body}{mark}{hashlib.sha256(body.encode()).hexdigest()}\n")
    assert "there is nothing to compare" in refused(read_lock(path), wheel).what


def test_the_same_version_with_other_contents_is_noted(lock: Lock, uv: FakeResolver, tmp_path: Path) -> None:
    wheel = prepared(write_wheel(tmp_path / "kept", version="0.16.1"))

    replaced = replace_in(lock, ENVIRONMENT, [wheel], tmp_path / "new.txt")

    assert "The candidate calls itself tensorflow-hub 0.16.1, as the released package does" in replaced.notes[0]
    assert replaced.changes == ("tensorflow-hub 0.16.1 -> 0.16.1",)
    assert read_lock(replaced.path).content != lock.content


def read_digest(path: Path, package: str) -> str:
    return path.read_text().partition(f"{package}==")[2].partition("sha256:")[2][:64]
