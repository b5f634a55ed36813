"""The committed locks fit the releases: a changed pin, a new release or an edited lock shows here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from conformance.environments.catalogue import LOCKS, Environment, load_releases
from conformance.environments.host_requirements import NAMES, REQUIREMENTS
from conformance.environments.lock_file import packages_of, read_lock, request_for, tensorflows_of

RELEASES = load_releases()
LOCKED = [environment for environment in RELEASES.environments if not environment.release.floating]

every_lock = pytest.mark.parametrize("environment", LOCKED, ids=lambda environment: environment.id)


def test_every_environment_has_a_lock_and_every_lock_an_environment() -> None:
    assert {path.name for path in LOCKS.iterdir()} == {environment.lock.name for environment in LOCKED}


@every_lock
def test_a_lock_is_whole_and_was_made_for_its_release_as_it_is_now(environment: Environment) -> None:
    lock = read_lock(environment.lock)  # refuses what was edited, cut short or is without a hash

    assert lock.answers(request_for(environment, RELEASES)), "releases.toml changed: run `nox -s lock`"


@every_lock
def test_a_lock_has_the_versions_under_test_and_one_tensorflow(environment: Environment) -> None:
    lock = read_lock(environment.lock)
    package, _, version = environment.release.requirement.partition("==")

    assert tensorflows_of(lock.packages) == [package]
    assert lock.packages[package] == version
    assert lock.packages["tensorflow-hub"] == environment.hub
    assert {"pytest", "pytest-xdist", "hypothesis", "numpy"} <= lock.packages.keys()
    assert ("tf-keras" in lock.packages) or not environment.release.tf_keras


@every_lock
def test_a_lock_was_import_tested_and_names_no_place(environment: Environment) -> None:
    text = environment.lock.read_text(encoding="utf-8")
    version = environment.release.requirement.partition("==")[2]

    assert f"# imported tensorflow: {version}\n" in text
    assert f"# imported tensorflow_hub: {environment.hub}\n" in text
    assert ("# imported hub.Module: there\n" in text) == (Version(environment.hub) < Version("0.16"))
    assert re.search(r"^# imported: \d{4}-\d\d-\d\d, ", text, re.MULTILINE)
    assert_names_no_place(environment.lock)


@pytest.mark.parametrize("name", NAMES)
def test_the_requirements_of_the_host_are_hashed_and_name_no_place(name: str) -> None:
    path = REQUIREMENTS / f"{name}.txt"
    lines = path.read_text(encoding="utf-8").splitlines()

    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert "==" not in line or following.startswith("    --hash=sha256:"), line
    assert_names_no_place(path)


@pytest.mark.parametrize("name", NAMES)
def test_the_requirements_of_the_host_have_all_that_is_asked_for(name: str) -> None:
    asked = re.findall(r"^[a-z][\w.-]*", (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
    locked = packages_of((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8"))

    assert set(map(canonicalize_name, asked)) <= locked.keys()


def test_what_is_tested_is_what_runs() -> None:
    host, develop = (packages_of((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")) for name in NAMES)

    assert host.items() <= develop.items()


def assert_names_no_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|\s/\w+/", text)
