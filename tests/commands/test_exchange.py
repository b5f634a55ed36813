"""The command line of an exchange: what it writes and says, and its exit codes; nothing is run in an environment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from conformance.commands import exchange
from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.exchange.consuming import subject_of
from conformance.exchange.equivalence import EquivalenceCheck
from conformance.exchange.result import SCHEMA, ExchangeResult
from conformance.exchange.store import Store, classes_of
from conformance.explaining.known_errors import read_known_errors
from conformance.fixtures import FIXTURES
from conformance.json_file import read
from conformance.running.matrix import Measured
from conformance.words import Outcome
from tests.exchange.test_result import NEW, NO_OP, OLD, manifest, record

MANIFESTS = (manifest(OLD, "form:aaaaaaaa"), manifest(NEW, "form:aaaaaaaa"))
[MODEL] = classes_of(MANIFESTS, [OLD, NEW])
PROBE = f"consume.values[{MODEL.id}]"

Using = Callable[[Outcome], None]


@pytest.fixture
def using(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Using:
    """Says what comes of using the model in the newer of two cells; in the older one it works."""
    store = Store(tmp_path / "store")
    store.folder.mkdir()
    store.path("sha256:m").symlink_to(FIXTURES / "tf2-dense" / "model")
    monkeypatch.setattr(exchange, "store_in", lambda reports: store)
    monkeypatch.setattr(exchange, "all_manifests", lambda store: MANIFESTS)
    monkeypatch.setattr(exchange, "only_one", lambda *_: nullcontext())  # a real matrix may run in this checkout
    monkeypatch.setattr(exchange, "EXCHANGE_ERRORS", tmp_path / "exchange_errors.json")

    def use(outcome: Outcome) -> None:
        records = tuple(
            record(cell, {PROBE: (one, NO_OP if one is Outcome.FAILED else None)})
            for cell, one in ((OLD, Outcome.WORKS), (NEW, outcome))
        )
        monkeypatch.setattr(exchange, "consume", lambda *_: Measured(records))
        monkeypatch.setattr(exchange, "default_consumers", lambda releases: releases.cells_matching([OLD, NEW]))

    return use


def run(tmp_path: Path, *arguments: str) -> int:
    return main(["exchange", "--reports", str(tmp_path / "reports"), *arguments])


def test_what_comes_of_it_is_written_and_said(using: Using, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    using(Outcome.WORKS)
    assert run(tmp_path) == ExitCode.AS_EXPECTED
    written = tmp_path / "reports" / "exchange"
    result = read(written / "exchange.json", ExchangeResult, SCHEMA, remedy="")
    assert {one.outcome for one in result.uses} == {Outcome.WORKS}
    assert "4 pairs of a producer's model and a consumer" in capsys.readouterr().out
    assert "Made with one TensorFlow" in (written / "index.html").read_text(encoding="utf-8")


def test_a_broken_promise_ends_it_with_1_and_its_error_is_known_from_then_on(using: Using, tmp_path: Path) -> None:
    using(Outcome.FAILED)
    assert run(tmp_path, "--index") == ExitCode.UNEXPECTED
    [entry] = read_known_errors(tmp_path / "exchange_errors.json").entries
    assert entry.text == "tensorflow.NotFoundError: Op type not registered 'MatMul' in binary"


def test_a_part_is_no_index_of_all_errors(using: Using, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    using(Outcome.WORKS)
    assert run(tmp_path, "--index", "--from", "tf2.4") == ExitCode.USAGE
    assert "Leave out --only, --from and --role" in capsys.readouterr().err


def test_what_the_store_has_nothing_of_is_refused(
    using: Using, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    using(Outcome.WORKS)
    assert run(tmp_path, "--from", "tf2.7") == ExitCode.USAGE
    assert "nothing in the store was made by" in capsys.readouterr().err


def test_a_drawn_pair_that_differs_from_the_one_that_stands_for_it_ends_it_with_1(
    using: Using, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    using(Outcome.WORKS)
    drawn = EquivalenceCheck(1, ("tf2.4-hub0.16-tf2, values of tf2-dense: works, and failed of another",))
    monkeypatch.setattr(exchange, "compare", lambda outright, known: drawn)
    assert run(tmp_path, "--check-equivalent", "1") == ExitCode.UNEXPECTED
    assert "1 pairs drawn at random were used outright; 1 uses differ" in capsys.readouterr().out


def test_the_models_that_are_used_are_named_by_their_class_and_lie_in_the_store(tmp_path: Path) -> None:
    [asked] = subject_of([MODEL], Store(tmp_path)).models
    assert (asked.id, asked.role, asked.path, asked.form) == (MODEL.id, "tf2-dense", str(tmp_path / "m"), MODEL.form)
