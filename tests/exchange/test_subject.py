"""What a cell is asked about models that change hands, and what of its answers still holds at the next run."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import msgspec
import pytest

from conformance import json_file
from conformance.environments.catalogue import load_releases
from conformance.errors import EvidenceError
from conformance.exchange.producing import settle_earlier_run
from conformance.exchange.store import Store
from conformance.fixtures import FIXTURES
from conformance.judging.narrowing import Narrowing
from conformance.running.dependencies import key_name
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import SCHEMA, USES, ExchangedModel, ExchangeSubject, read_exchange_subject
from conformance.running.keys import Built
from conformance.running.places import ROOT, Places
from conformance.words import Outcome
from tests.exchange.test_result import NEW, record

CELL = load_releases().cell(NEW)
MODELS = (ExchangedModel("a", "tf2-dense", "/a", "form:a"), ExchangedModel("b", "tf2-text", "/b", "form:b"))


def keys(*models: ExchangedModel, roles: tuple[str, ...] = ()) -> dict[str, str]:
    maker = ExchangeKeys(ROOT, ExchangeSubject(SCHEMA, "/made", roles, models))
    return maker.of(CELL, Built("lock", "3.11.7"), Narrowing(), 10)


def test_a_new_model_makes_no_other_one_be_used_again() -> None:
    before, after = keys(MODELS[0]), keys(*MODELS)
    assert before == {"consume[a]": after["consume[a]"]}
    moved = msgspec.structs.replace(MODELS[0], path="/elsewhere")
    other = msgspec.structs.replace(MODELS[0], form="form:other")
    assert keys(moved) == before
    assert keys(other) != before


def test_each_role_that_is_made_has_a_key() -> None:
    assert keys(roles=("tf2-dense", "v1-text")).keys() == {"produce[tf2-dense]", "produce[v1-text]"}


def test_an_observation_goes_by_the_key_of_what_it_tried() -> None:
    known = ("consume[a]", "tf2_savedmodel_load")
    assert key_name("consume.saved_again[a]", known) == "consume[a]"
    assert key_name("consume.values[c]", known) == "consume"
    assert key_name("tf2_savedmodel_load.call[tf2-dense]", known) == "tf2_savedmodel_load"


def test_a_damaged_description_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "subject.json"
    asked = ExchangeSubject(SCHEMA, "/made", models=MODELS)
    path.write_bytes(json_file.encode(asked))
    assert read_exchange_subject(path) == asked
    path.write_text("{")
    with pytest.raises(EvidenceError, match="damaged"):
        read_exchange_subject(path)


def test_what_was_made_goes_into_the_store_once(tmp_path: Path) -> None:
    store, made = Store(tmp_path / "store"), tmp_path / "made"
    seen = record(
        NEW,
        {
            "produce.make[tf2-dense]": (Outcome.WORKS, None),
            "produce.make[tf2-keras]": (Outcome.FAILED, None),
        },
    )
    shutil.copytree(FIXTURES / "tf2-dense" / "model", made / NEW / "tf2-dense")
    [manifest] = store.take_in(CELL, seen, made)
    assert (manifest.role, manifest.release, manifest.mode) == ("tf2-dense", "2.15", CELL.mode)
    assert manifest.files.keys() >= {"saved_model.pb", "variables/variables.index"}
    assert manifest.expected[0].outputs["outputs"]
    assert list(store.manifests()) == [manifest]
    assert not (made / NEW / "tf2-dense").exists()
    assert store.take_in(CELL, seen, made) == []  # taken over from an earlier record: it is there already
    assert store.has(NEW, "tf2-dense")
    assert not store.has(NEW, "tf2-keras")


def run_that_made_a_dense_model(places: Places) -> None:
    """Leaves the unfinished record of a run that was killed after it had made a model."""
    places.prepare()
    seen = record(NEW, {"produce.make[tf2-dense]": (Outcome.WORKS, None)})
    assert seen.setting is not None
    lines = [seen.header, seen.setting, *seen.observations]
    places.partial(NEW).write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def test_what_is_gone_from_the_store_is_made_again(tmp_path: Path) -> None:
    places = Places(ROOT, tmp_path / "produce")
    run_that_made_a_dense_model(places)
    settle_earlier_run(CELL, Store(tmp_path / "store"), places, tmp_path / "made")
    assert not places.partial(NEW).exists()


def test_what_a_killed_run_made_is_taken_in(tmp_path: Path) -> None:
    places, store, made = Places(ROOT, tmp_path / "produce"), Store(tmp_path / "store"), tmp_path / "made"
    run_that_made_a_dense_model(places)
    shutil.copytree(FIXTURES / "tf2-dense" / "model", made / NEW / "tf2-dense")
    settle_earlier_run(CELL, store, places, made)
    assert [one.role for one in store.manifests()] == ["tf2-dense"]
    assert places.partial(NEW).exists()  # so that it is not made again


def test_a_model_that_a_killed_run_left_damaged_is_made_again(tmp_path: Path) -> None:
    places, store, made = Places(ROOT, tmp_path / "produce"), Store(tmp_path / "store"), tmp_path / "made"
    run_that_made_a_dense_model(places)
    model = shutil.copytree(FIXTURES / "tf2-dense" / "model", made / NEW / "tf2-dense")
    (model / "saved_model.pb").write_bytes(b"\xff" * 40)
    settle_earlier_run(CELL, store, places, made)
    assert list(store.manifests()) == []
    assert not places.partial(NEW).exists()


def test_the_host_knows_every_use_that_the_inside_tries() -> None:
    source = (ROOT / "conformance" / "inside" / "exchange" / "conftest.py").read_text(encoding="utf-8")
    [uses] = [node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    assert isinstance(uses, ast.Dict)
    assert [ast.literal_eval(key) for key in uses.keys if key] == list(USES)
