from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.environments import locking
from conformance.environments.catalogue import Environment, Releases
from conformance.environments.lock_file import read_lock, request_for
from conformance.environments.locking import (
    Locked,
    lock,
    lock_environments,
    offered,
    resolve,
    resolve_floating,
    resolved_today,
)
from conformance.environments.unavailable import UnavailableError
from tests.environments.fake_uv import Defect, FakeUv


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_today", lambda: "2026-11-22")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def failure_of(environment: Environment, workspace: Path) -> UnavailableError:
    with pytest.raises(UnavailableError) as raised:
        lock(environment, workspace=workspace)
    return raised.value


def test_a_lock_answers_its_release(environment: Environment, releases: Releases, workspace: Path) -> None:
    lock(environment, workspace=workspace)

    assert read_lock(environment.lock).answers(request_for(environment, releases))


def test_a_lock_says_when_it_was_imported_and_what_came(environment: Environment, workspace: Path) -> None:
    lock(environment, workspace=workspace)

    text = environment.lock.read_text()
    assert "# imported: 2026-11-22" in text
    assert "# imported hub.Module: there" in text
    assert "# imported tf_keras: 1.0" in text


def test_the_resolver_is_asked_for_hashes_and_wheels(uv: FakeUv, environment: Environment, workspace: Path) -> None:
    lock(environment, workspace=workspace)

    asked = next(call for call in uv.calls if call[:2] == ("pip", "compile"))
    assert {"--generate-hashes", "--no-header", "--emit-build-options"} <= set(asked)
    assert asked[asked.index("--only-binary") + 1] == ":all:"
    assert "--no-binary" not in asked
    assert uv.input.split("\n")[:4] == [
        "tensorflow-cpu==2.16.2",
        "tensorflow_hub==0.16.1",
        "tf_keras==2.16.*",
        "setuptools<81",
    ]
    assert uv.overrides == "tensorflow ; sys_platform == 'never'\n"


def test_only_what_has_no_wheels_may_be_built(uv: FakeUv, releases: Releases, locks: Path, workspace: Path) -> None:
    lock(releases.environment("tf1.15-hub0.15"), workspace=workspace)

    asked = next(call for call in uv.calls if call[:2] == ("pip", "compile"))
    assert asked[asked.index("--no-binary") + 1] == "gast"
    assert asked.count("--no-binary") == 1


def test_what_changed_is_reported(uv: FakeUv, environment: Environment, workspace: Path) -> None:
    lock(environment, workspace=workspace)
    uv.versions["hypothesis"] = "2.0"

    assert lock(environment, workspace=workspace) == ("hypothesis 1.0 -> 2.0",)


def test_nothing_is_left_behind(environment: Environment, workspace: Path) -> None:
    lock(environment, workspace=workspace)

    assert list(workspace.iterdir()) == []
    assert list(environment.lock.parent.iterdir()) == [environment.lock]


@pytest.mark.parametrize(
    ("defect", "stage", "reason"),
    [
        (Defect.UV_MISSING, "install", "not installed"),
        (Defect.INTERPRETER_MISSING, "interpreter", "no CPython 3.12"),
        (Defect.INDEX_UNREACHABLE, "lock", "index cannot be reached"),
        (Defect.RESOLVER_FINDS_NOTHING, "lock", "no set of packages"),
        (Defect.SECOND_TENSORFLOW, "lock", "tensorflow and tensorflow-cpu and tf-nightly instead of one"),
        (Defect.INSTALL_DIES_MIDWAY, "install", "could not install"),
        (Defect.IMPORT_TEST_FAILS, "import", "does not import (TypeError: Descriptors cannot be created directly.)"),
        (Defect.IMPORT_TEST_CRASHES, "import", "does not import (exit code -11)"),
    ],
)
def test_a_failure_leaves_the_old_lock_untouched(
    uv: FakeUv, environment: Environment, workspace: Path, defect: Defect, stage: str, reason: str
) -> None:
    lock(environment, workspace=workspace)
    before = environment.lock.read_bytes()
    uv.defect, uv.versions["hypothesis"] = defect, "2.0"

    failure = failure_of(environment, workspace)

    assert failure.unavailable.stage == stage
    assert reason in str(failure)
    assert environment.lock.read_bytes() == before
    assert list(workspace.iterdir()) == []


def test_a_damaged_lock_can_be_written_anew(environment: Environment, workspace: Path) -> None:
    lock(environment, workspace=workspace)
    environment.lock.write_text("<<<<<<< ours")

    lock(environment, workspace=workspace)

    assert read_lock(environment.lock).environment == environment.id


def test_a_floating_release_is_resolved_without_an_import_test(
    uv: FakeUv, releases: Releases, tmp_path: Path, locks: Path
) -> None:
    nightly = releases.environment("tfnightly-hub0.16")

    path = resolve_floating(nightly, tmp_path / "this-run")

    assert path == tmp_path / "this-run" / "tfnightly-hub0.16.txt"
    assert read_lock(path).answers(request_for(nightly, releases))
    assert uv.count("venv") == uv.count("-I") == 0
    assert list(path.parent.iterdir()) == [path]
    assert not locks.exists()


def test_a_floating_release_without_an_index_is_unavailable(uv: FakeUv, releases: Releases, tmp_path: Path) -> None:
    uv.defect = Defect.INDEX_UNREACHABLE

    with pytest.raises(UnavailableError) as raised:
        resolve_floating(releases.environment("tfrc-hub0.16"), tmp_path)

    assert raised.value.unavailable.stage == "lock"
    assert "Failed to fetch" in raised.value.unavailable.detail


def test_a_resolution_holds_for_the_day_and_what_was_asked_for(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly = releases.environment("tfnightly-hub0.16")
    assert resolved_today(nightly, tmp_path) is None
    path = resolve_floating(nightly, tmp_path)
    assert resolved_today(nightly, tmp_path) == path

    other = releases_asking_for(releases, "tf-nightly>=2.99.0.dev0")
    monkeypatch.setattr(locking, "load_releases", lambda: other)
    assert resolved_today(other.environment(nightly.id), tmp_path) is None


def test_a_resolution_of_yesterday_or_a_damaged_one_does_not_hold(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly = releases.environment("tfnightly-hub0.16")
    path = resolve_floating(nightly, tmp_path)
    monkeypatch.setattr(locking, "_today", lambda: "2026-11-23")
    assert resolved_today(nightly, tmp_path) is None

    monkeypatch.setattr(locking, "_today", lambda: "2026-11-22")
    path.write_text(path.read_text()[:-10])
    assert resolved_today(nightly, tmp_path) is None


def releases_asking_for(releases: Releases, requirement: str) -> Releases:
    """The releases, with another nightly."""
    return msgspec.structs.replace(
        releases,
        releases=tuple(
            msgspec.structs.replace(release, requirement=requirement) if release.tf == "nightly" else release
            for release in releases.releases
        ),
    )


def test_one_that_fails_does_not_stop_the_others(uv: FakeUv, releases: Releases, locks: Path, workspace: Path) -> None:
    chosen = [releases.environment(name) for name in ("tf2.16-hub0.16", "tfnightly-hub0.16", "tf2.17-hub0.16")]
    (locks / "tf2.16-hub0.16.txt").mkdir(parents=True)  # a folder cannot be replaced by a file
    progress: list[tuple[str, int, int]] = []

    def report(locked: Locked, done: int, of: int) -> None:
        progress.append((locked.name, done, of))

    outcomes = lock_environments(chosen, workspace=workspace, report=report)

    failures = {outcome.name: outcome.failure for outcome in outcomes}
    assert failures["tf2.17-hub0.16"] is None
    assert failures["tf2.16-hub0.16"] is not None
    assert failures.keys() == {"tf2.16-hub0.16", "tf2.17-hub0.16"}
    assert sorted(name for name, _, _ in progress) == ["tf2.16-hub0.16", "tf2.17-hub0.16"]
    assert [(done, of) for _, done, of in progress] == [(1, 2), (2, 2)]


def test_an_unwritable_folder_is_named(environment: Environment, workspace: Path) -> None:
    workspace.write_text("a file where the folder should be")

    assert failure_of(environment, workspace).where == str(workspace)


# ---- A past day, and what the index offers -----------------------------------------------------------------------


def test_a_past_day_ends_at_midnight_utc_wherever_the_machine_is(
    uv: FakeUv, releases: Releases, tmp_path: Path
) -> None:
    nightly = releases.environment("tfnightly-hubnightly")
    path = tmp_path / "lock.txt"

    resolve(request_for(nightly, releases), path, as_of="2026-10-20")

    asked = next(call for call in uv.calls if call[:2] == ("pip", "compile"))
    assert asked[asked.index("--exclude-newer") + 1] == "2026-10-20T23:59:59Z"
    assert "tf-hub-nightly>=0.17.0.dev0\n" in uv.input
    assert "tensorflow_hub" not in uv.input
    assert read_lock(path).resolved == "2026-10-20"


def test_what_the_index_offers_is_reported(uv: FakeUv, releases: Releases, tmp_path: Path) -> None:
    uv.versions["tensorflow-cpu"] = "2.22.0rc0"

    assert offered(releases.environment("tfrc-hub0.16"), tmp_path, as_of="2026-10-20") == "2.22.0rc0"
    assert list(tmp_path.glob("tfrc*")) == []


def test_an_index_that_offers_nothing_is_no_error(uv: FakeUv, releases: Releases, tmp_path: Path) -> None:
    uv.defect = Defect.RESOLVER_FINDS_NOTHING

    assert offered(releases.environment("tfrc-hub0.16"), tmp_path) == ""


def test_an_index_that_cannot_be_asked_offers_no_nothing(uv: FakeUv, releases: Releases, tmp_path: Path) -> None:
    uv.defect = Defect.INDEX_UNREACHABLE

    with pytest.raises(UnavailableError, match="cannot be reached"):
        offered(releases.environment("tfrc-hub0.16"), tmp_path)


@pytest.mark.parametrize("defect", [Defect.SECOND_KERAS, Defect.SECOND_TF_KERAS])
def test_two_packages_that_write_one_folder_are_refused(
    uv: FakeUv, releases: Releases, tmp_path: Path, defect: Defect
) -> None:
    uv.defect = defect

    with pytest.raises(UnavailableError, match="which write the same folder"):
        resolve_floating(releases.environment("tfnightly-hub0.16"), tmp_path)
