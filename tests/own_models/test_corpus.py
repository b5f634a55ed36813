from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from conformance.commands import model as command
from conformance.corpus import CORPUS_FILE, load_corpus
from conformance.environments.catalogue import Releases
from conformance.environments.command import Finished
from conformance.environments.unavailable import UnavailableError
from conformance.errors import DataError, UsageError
from conformance.evidence import Error
from conformance.inspecting.inspection import load_inspector
from conformance.inspecting.locating import FoundModel
from conformance.own_models import corpus, unlike
from conformance.own_models.conclusions import conclusions
from conformance.own_models.corpus import found_in_corpus
from conformance.own_models.report import ModelReport, report_of
from conformance.own_models.results import tried
from conformance.own_models.unlike import corpus_differences
from conformance.reporting.own_model import corpus_files
from conformance.running.enclosure import Enclosure
from conformance.running.places import default_places
from conformance.words import Outcome
from tests.inspecting.making import DENSE, FIXTURES
from tests.own_models.making import KERAS3, LAST, REFUSED, observed, record

WORKS = Outcome.WORKS
FIXTURES_KNOWN = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('fixture = "tf1-text"', 'fixture = "tf1-texts"', 'Perhaps you meant "tf1-text"'),
        ('licence = "MIT"', 'license = "MIT"', 'Perhaps you meant "licence"'),
        ('sha256 = "36bd', 'sha256 = "', "sha256"),
        ('path = "guesslang/data/model"', 'path = "../model"', "lies outside of the package"),
        ('id = "guesslang"', 'id = "basic-pitch"', "Ids are unique"),
        ("[[model]]", "[[models]]", 'Perhaps you meant "model"'),
    ],
)
def test_what_is_wrong_in_the_file_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    text = CORPUS_FILE.read_text(encoding="utf-8")
    assert load_corpus(FIXTURES_KNOWN)
    (tmp_path / "corpus.toml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(DataError, match=says):
        load_corpus(FIXTURES_KNOWN, tmp_path / "corpus.toml")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of uv, which installs the fixture tf2-dense wherever guesslang has its model."""
    asked: list[str] = []

    def uv(*arguments: str | Path) -> Finished:
        home = Path(arguments[arguments.index("--target") + 1])
        asked.append(Path(arguments[-1]).read_text(encoding="utf-8"))
        shutil.copytree(DENSE, home / "guesslang" / "data" / "model")
        return Finished(0, "", "")

    monkeypatch.setattr(corpus, "uv", uv)
    return asked


def test_a_package_is_installed_by_name_and_hash_and_gone_afterwards(index: list[str]) -> None:
    with found_in_corpus(load_corpus(FIXTURES_KNOWN), ["guess*"]) as (model, fixture):
        assert (model.name, (model.folder / "saved_model.pb").exists(), fixture.name) == ("guesslang", True, "tf1-text")

    assert index == [next(one.requirement for one in load_corpus(FIXTURES_KNOWN) if one.id == "guesslang")]
    assert not model.folder.exists()


def test_a_name_that_is_none_is_refused(index: list[str]) -> None:
    with (
        pytest.raises(UsageError, match='Perhaps you meant "guesslang"'),
        found_in_corpus(load_corpus(FIXTURES_KNOWN), ["gueslang"]),
    ):
        pass
    assert index == []


def test_a_package_with_another_hash_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "uv", lambda *_: Finished(1, "", "Hash mismatch for guesslang"))

    with (
        pytest.raises(UnavailableError, match="another hash"),
        found_in_corpus(load_corpus(FIXTURES_KNOWN), ["guesslang"]),
    ):
        pass


def report(releases: Releases, name: str, **outcomes: Outcome | Error) -> ModelReport:
    inspection = load_inspector(default_places().baseline).inspect(FoundModel(name, DENSE))
    records = (record(LAST, **outcomes), record(KERAS3, **outcomes))
    found = tried(observed(releases, *records), "", {}, "", Enclosure.LIMITS)
    return report_of(inspection, found, conclusions(found, None))


def test_only_what_differs_from_the_fixture_is_a_difference(releases: Releases) -> None:
    fixture = report(releases, "tf2-dense", call=WORKS, tune_by_fit=REFUSED, keras_model=WORKS)
    same = report(releases, "like", call=Outcome.DEGRADED, tune_by_fit=REFUSED)
    other = report(releases, "other", call=REFUSED, tune_by_fit=REFUSED, signature=REFUSED)

    found = corpus_differences([(same, fixture), (other, fixture)])
    assert found.alike == ("like",)
    assert corpus_differences([(same, msgspec.structs.replace(fixture, tried=None))]).alike == ()
    assert [(one.model, one.call, one.outcome, one.of_fixture, one.cells) for one in found.unlike] == [
        ("other", "call", Outcome.REJECTED, WORKS, (LAST, KERAS3))
    ]
    table = "\n".join(unlike.markdown_lines(found, [same, other]))
    assert "Only instances of" in table
    assert "- `other`: In 2.15, 2.21, by its files it can load, and yet no call of it works" in table
    page = corpus_files([same, other], found)["corpus.html"].decode()
    assert "1 of 2 real models behave unlike" in page
    assert "Only instances of `keras.Layer`" in page
    assert "<li>other: In 2.15, 2.21, by its files it can load" in page
    assert "  Like their fixtures: like." in list(unlike.text_lines(found))


def test_a_path_is_asked_for_where_there_is_none() -> None:
    from conformance.command_line.catalogue import COMMANDS
    from conformance.command_line.parsing import parse

    with pytest.raises(UsageError, match="no model is named"):
        command.run(parse(COMMANDS["model"], ["--static"]))
