"""The golden models on disk: verified, refused when touched, and replaced only by a whole new one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance import fixtures
from conformance.environments import command, virtualenv
from conformance.environments.catalogue import load_releases
from conformance.environments.command import Finished
from conformance.errors import EvidenceError, UsageError

RELEASES = load_releases()
MODELS = fixtures.load_models(RELEASES)
DENSE = next(model for model in MODELS if model.id == "tf1-dense")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    shutil.copytree(fixtures.FIXTURES, folder)
    return folder


def test_the_committed_models_are_what_they_were_recorded_as():
    fixtures.verify_fixtures(MODELS)


def test_every_folder_is_a_model_that_the_data_file_knows():
    assert {path.name for path in fixtures.FIXTURES.iterdir() if path.is_dir()} == {model.id for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_each_model_is_tiny_and_made_by_its_producer(model):
    folder = fixtures.FIXTURES / model.id
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 150_000
    made = fixtures.read_made(model)
    assert (made.environment, made.recipe) == (model.producer, model.recipe)
    tensorflow = RELEASES.environment(model.producer).release.requirement.split("==")[1]
    assert made.producer["tensorflow"] == tensorflow


def flip_a_byte(home: Path) -> None:
    path = home / "model" / "saved_model.pb"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))


TAMPERINGS = {
    "a byte": flip_a_byte,
    "a file more": lambda home: (home / "model" / "extra").write_text("x"),
    "a file less": lambda home: (home / "model" / "saved_model.pb").unlink(),
    "a renamed file": lambda home: (home / "model" / "saved_model.pb").rename(home / "model" / "saved.pb"),
    "no model": lambda home: shutil.rmtree(home / "model"),
    "no fixture.json": lambda home: (home / "fixture.json").unlink(),
    "a cut fixture.json": lambda home: (home / "fixture.json").write_text('{"model": "tf1-de'),
    "another model's fixture.json": lambda home: shutil.copy(home.parent / "tf2-text" / "fixture.json", home),
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_a_touched_model_is_refused_with_its_place_and_the_remedy(copy, tamper):
    tamper(copy / "tf1-dense")
    with pytest.raises(EvidenceError, match=r"tf1-dense.*nox -s models -- tf1-dense"):
        fixtures.verify_fixtures(MODELS, copy)


def test_an_unknown_model_is_refused_with_the_near_miss():
    with pytest.raises(UsageError, match=r'"tf1-dens".*Perhaps you meant "tf1-dense"'):
        fixtures.choose(MODELS, ["tf1-dens"])


@pytest.fixture
def producer(monkeypatch):
    """The producers' environments; the recipe of the model that the test names fails."""
    state = {"defect": "none"}

    def run(arguments, *, environment, folder=None):
        for path in map(Path, arguments[4::2]):
            if state["defect"] == path.name:
                return Finished(1, "", "ValueError: no such layer")
            path.mkdir()
            (path / "saved_model.pb").write_bytes(b"new")
        return Finished(0, 'noise\n{"tensorflow": "1.13.2", "python": "3.7.16"}\n', "")

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(virtualenv, "build", lambda cell, root: root / "python")
    return state


def test_remade_models_replace_the_old_ones_and_verify(copy, producer, tmp_path):
    fixtures.remake(MODELS, RELEASES, virtualenvs=tmp_path, folder=copy, say=lambda line: None)
    fixtures.verify_fixtures(MODELS, copy)
    assert (copy / "tf1-dense" / "model" / "saved_model.pb").read_bytes() == b"new"
    assert json.loads((copy / "tf1-dense" / "fixture.json").read_text())["producer"]["tensorflow"] == "1.13.2"
    assert sorted(path.name for path in (copy / "tf1-dense").iterdir()) == ["fixture.json", "model"]
    assert {path.name for path in copy.iterdir()} == {path.name for path in fixtures.FIXTURES.iterdir()}


def test_a_recipe_that_fails_leaves_the_old_models_of_its_producer_and_says_why(copy, producer, tmp_path):
    same = [model for model in MODELS if model.producer == DENSE.producer]
    producer["defect"] = same[-1].id
    with pytest.raises(EvidenceError, match="no such layer"):
        fixtures.remake(same, RELEASES, virtualenvs=tmp_path, folder=copy)
    fixtures.verify_fixtures(MODELS, copy)
