from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conformance.bisecting import package_index
from conformance.bisecting.package_index import offered
from conformance.environments import command
from conformance.environments.command import Finished
from conformance.errors import EvidenceError, ExitCode

LISTED = Finished(
    0, '{"name": "x", "versions": ["2.16.1", "2.16.0rc0", "2.15.10", "2.15.2"], "latest": "2.16.1"}\n', ""
)
NOTHING = Finished(1, "", "ERROR: No matching distribution found for tf-nightly-cpu\n")
UNREACHABLE = Finished(
    1,
    "",
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
    "ERROR: No matching distribution found for tensorflow\n",
)
TOO_OLD = Finished(2, "", "Usage: pip index versions\n\nno such option: --json\n")
NO_PIP = Finished(1, "", "/usr/bin/python: No module named pip\n")


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    package_index.offered.cache_clear()
    yield
    package_index.offered.cache_clear()


class FakePip:
    """Answers as it was set, and keeps what it was asked."""

    def __init__(self, answer: Finished) -> None:
        self.answer = answer
        self.asked: list[tuple[str, ...]] = []

    def __call__(
        self, arguments: tuple[str, ...], *, environment: Mapping[str, str], folder: Path | None = None
    ) -> Finished:
        self.asked.append(arguments)
        return self.answer


def answering(monkeypatch: pytest.MonkeyPatch, answer: Finished) -> FakePip:
    fake = FakePip(answer)
    monkeypatch.setattr(command, "run", fake)
    return fake


def test_the_versions_come_in_their_order_and_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pip = answering(monkeypatch, LISTED)

    assert [str(version) for version in offered("tensorflow", "3.11")] == ["2.15.2", "2.15.10", "2.16.0rc0", "2.16.1"]
    assert offered("tensorflow", "3.11")
    assert len(pip.asked) == 1


def test_it_is_asked_for_wheels_of_the_python_that_is_meant_and_for_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    pip = answering(monkeypatch, LISTED)
    offered("tensorflow", "3.7")

    (asked,) = pip.asked
    assert asked[asked.index("--python-version") + 1] == "3.7"
    assert "--pre" in asked
    assert not [word for word in asked if "://" in word or word.startswith("--index")]


def test_a_package_that_is_not_there_has_no_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, NOTHING)

    assert offered("tf-nightly-cpu", "3.13") == ()


@pytest.mark.parametrize(
    ("answer", "shown"),
    [(UNREACHABLE, "cannot be listed"), (TOO_OLD, "no such option: --json"), (NO_PIP, "No module named pip")],
)
def test_an_index_that_cannot_be_asked_is_never_taken_for_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, answer: Finished, shown: str
) -> None:
    answering(monkeypatch, answer)

    with pytest.raises(EvidenceError, match=shown) as raised:
        offered("tensorflow", "3.11")

    assert raised.value.exit_code is ExitCode.INCOMPLETE
