from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.errors import DataError, ExitCode
from conformance.judging.expectations import (
    EXPECTATIONS_FOLDER,
    Expectations,
    Subject,
    in_range,
    load_expectations,
)
from conformance.words import Keras, Mode, Outcome, Package, Standing, Verdict
from tests.judging.cases import CLAIMS, RELEASES, expectation, expecting

FULL = """
schema = "expectations/1"

[[expectation]]
id = "keras3"
claims = ["tune"]
way = "fit"
tf = ">=2.16"
hub = "<0.17"
modes = ["tf2"]
keras = ["keras3"]
standing = "implied"
verdict = "exceeds"
outcomes = ["works", "degraded"]
probes = ["tuning.fit*"]
blame = "keras"
reason = "It does."
cause = "Keras 3"
upstream = ["tensorflow/hub#901"]
review = 2027-06-30

[[expectation.instead]]
do = "Load it in TF2."
claims = ["tune"]
way = "tape"
standing = "literal"
probes = ["load*"]
tf = "2.15"
hub = "0.16"
mode = "tf2"
keras = "bundled"
"""

SUBJECT = Subject("load", "", Standing.LITERAL, "2.16.2", "0.16.1", Mode.TF2, Keras.KERAS3)


def load(tmp_path: Path, text: str) -> Expectations:
    path = tmp_path / "expectations.toml"
    path.write_text(text)
    return load_expectations(tmp_path, CLAIMS)


def test_every_key_is_read(tmp_path: Path) -> None:
    (row,) = load(tmp_path, FULL).expectations

    assert (row.id, row.claims, row.way, row.tf, row.hub) == ("keras3", ("tune",), "fit", ">=2.16", "<0.17")
    assert (row.modes, row.keras, row.standing) == ((Mode.TF2,), (Keras.KERAS3,), Standing.IMPLIED)
    assert (row.verdict, row.outcomes) == (Verdict.EXCEEDS, (Outcome.WORKS, Outcome.DEGRADED))
    assert (row.probes, row.blame, row.review) == (("tuning.fit*",), Package.KERAS, date(2027, 6, 30))
    assert row.cause == "Keras 3"
    (advice,) = row.advice
    assert (advice.do, advice.claims, advice.way) == ("Load it in TF2.", ("tune",), "tape")
    assert (advice.standing, advice.probes) == (Standing.LITERAL, ("load*",))
    assert (advice.tf, advice.hub, advice.mode, advice.keras) == ("2.15", "0.16", Mode.TF2, Keras.BUNDLED)


def test_advice_in_one_sentence_needs_no_table_and_proves_nothing(tmp_path: Path) -> None:
    plain = FULL.partition("\n[[expectation.instead]]")[0] + 'instead = "Wait."\n'
    (advice,) = load(tmp_path, plain).expectations[0].advice
    assert (advice.do, advice.provable) == ("Wait.", False)


@pytest.mark.parametrize(("key", "word"), [("tf", "2.155"), ("hub", "0.166")])
def test_advice_whose_proof_lies_in_no_environment_is_refused(tmp_path: Path, key: str, word: str) -> None:
    known = {"tf": "2.15", "hub": "0.16"}[key]
    expectations = load(tmp_path, FULL.replace(f'{key} = "{known}"', f'{key} = "{word}"'))
    with pytest.raises(DataError, match=f'instead number 1, key `{key}`.*Perhaps you meant "{known}"'):
        expectations.refuse_unreachable_advice(RELEASES)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('claims = ["tune"]', 'claims = ["tunes"]', 'Perhaps you meant "tune"?'),
        ('way = "fit"', 'way = "fits"', 'Perhaps you meant "fit"?'),
        ('tf = ">=2.16"', 'tf = "2.16 or so"', "no version specifier"),
        ('hub = "<0.17"', 'hub = "old"', "key `hub`"),
        ('modes = ["tf2"]', 'modes = ["tf3"]', 'Perhaps you meant "tf2"?'),
        ('verdict = "exceeds"', 'verdict = "exceed"', 'Perhaps you meant "exceeds"?'),
        ('verdict = "exceeds"', 'verdict = "agrees"', "needs no forecast"),
        ('outcomes = ["works", "degraded"]', "outcomes = []", "no observation could meet it"),
        ("review = 2027-06-30", "", "review"),
        ("review = 2027-06-30", "review = 2027-06-30\nreviewed = true", 'Perhaps you meant "review"?'),
        ('claims = ["tune"]\nway = "tape"', 'claims = ["tone"]', "instead number 1, key `claims`"),
        ('way = "tape"', 'way = "tap"', 'Perhaps you meant "tape"?'),
        ("[[expectation]]", "[[expectations]]", 'Perhaps you meant "expectation"?'),
    ],
)
def test_a_broken_file_is_refused_with_the_key_and_the_near_miss(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    assert before in FULL
    with pytest.raises(DataError) as refused:
        load(tmp_path, FULL.replace(before, after))

    assert complaint in str(refused.value)
    assert "expectations.toml" in refused.value.where
    assert refused.value.exit_code is ExitCode.USAGE


def test_two_of_one_id_are_refused_in_one_file_and_in_two(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'two .* have the id "keras3"'):
        load(tmp_path, FULL + FULL.partition('"expectations/1"')[2])

    (tmp_path / "more.toml").write_text(FULL)
    with pytest.raises(DataError, match=r'two .* have the id "keras3"') as refused:
        load(tmp_path, FULL)
    assert refused.value.where == f"{tmp_path / 'expectations.toml'} and {tmp_path / 'more.toml'}"


def test_all_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(FULL.replace('id = "keras3"', f'id = "{name}"'))
    expectations = load_expectations(tmp_path, CLAIMS)
    assert [row.id for row in expectations.expectations] == ["a", "b"]
    assert expectations.files["b"] == tmp_path / "b.toml"


def test_a_folder_without_expectations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no TOML file"):
        load_expectations(tmp_path, CLAIMS)


@pytest.mark.parametrize(
    ("narrowed", "covered"),
    [
        (expectation(), True),
        (expectation(claim="tune"), False),
        (expectation(way=""), True),
        (expectation(way="fit"), False),
        (expectation(tf=">=2.16"), True),
        (expectation(tf="<2.16"), False),
        (expectation(hub=">=0.16"), True),
        (expectation(hub="<0.16"), False),
        (expectation(modes=(Mode.TF1_COMPAT, Mode.TF2)), True),
        (expectation(modes=(Mode.TF1_COMPAT,)), False),
        (expectation(keras=(Keras.KERAS3,)), True),
        (expectation(keras=(Keras.LEGACY,)), False),
        (expectation(standing=Standing.IMPLIED), False),
    ],
)
def test_everything_that_an_expectation_names_narrows_it(narrowed: msgspec.Struct, covered: bool) -> None:
    assert narrowed.covers(SUBJECT) is covered  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("specifiers", "version", "inside"),
    [
        ("", "2.23.0.dev20261122", True),
        (">=2.16", "2.23.0.dev20261122", True),
        (">=2.22", "2.22.0rc0", True),  # to the letter of the standard it is neither in this range ...
        ("<2.22", "2.22.0rc0", False),  # ... nor in this one
        (">=2.23", "2.23.0-dev20261122", True),  # as tensorflow writes its nightly's version
        (">=2.16,<2.18", "2.17.1", True),
        ("==2.16.*", "2.16.2", True),
        ("==2.22.*", "2.22.0rc0", True),
        (">=2.22.0rc1", "2.22.0rc0", False),
        (">=2.22.0rc0", "2.22.0rc0", True),
        (">=2.22.0rc0", "2.22.0", True),
    ],
)
def test_a_prerelease_counts_as_its_release_unless_one_is_named(specifiers: str, version: str, inside: bool) -> None:
    assert in_range(specifiers, version) is inside


@pytest.mark.parametrize(
    ("outcomes", "met"),
    [
        ({"a": "failed"}, True),
        ({"a": "failed", "b": "works"}, True),
        ({"a": "failed", "b": "crashed"}, False),  # another deviation, which nobody has reviewed
        ({}, False),
    ],
)
def test_an_expectation_is_met_only_by_the_outcomes_it_forecast(outcomes: dict[str, str], met: bool) -> None:
    observed = {probe: Outcome(word) for probe, word in outcomes.items()}
    assert expectation().is_met_by(Verdict.CONTRADICTS, observed) is met
    assert not expectation().is_met_by(Verdict.INCONCLUSIVE, observed)


@pytest.mark.parametrize(
    ("pattern", "met"), [("load.module[tf1-dense]", True), ("load.*", True), ("load.layer*", False)]
)
def test_probes_may_be_named_by_id_or_by_pattern(pattern: str, met: bool) -> None:
    observed = {"load.module[tf1-dense]": Outcome.FAILED, "other": Outcome.WORKS}
    assert expectation(probes=(pattern,)).is_met_by(Verdict.CONTRADICTS, observed) is met


def test_two_that_forecast_one_verdict_are_refused_by_name() -> None:
    both = expecting(expectation("old-hub", hub="<0.17"), expectation("new-tf", tf=">=2.16"))

    with pytest.raises(DataError, match='"old-hub" and "new-tf" both forecast') as refused:
        both.about(SUBJECT)
    assert refused.value.where == "old-hub.toml and new-tf.toml"

    with pytest.raises(DataError, match=r"tensorflow 2\.16\.2"):
        both.refuse_overlaps(CLAIMS, RELEASES)


def test_two_that_never_meet_are_let_through() -> None:
    expecting(expectation("old", tf="<2.16"), expectation("new", tf=">=2.16")).refuse_overlaps(CLAIMS, RELEASES)


def test_an_expectation_is_due_the_day_after_its_review_date() -> None:
    expectations = expecting(expectation(review=date(2027, 6, 30)))

    assert not expectations.due(date(2027, 6, 30))
    assert expectations.due(date(2027, 7, 1)) == expectations.expectations


def test_the_project_s_own_expectations_load_and_never_meet() -> None:
    claims = load_claims()
    expectations = load_expectations(EXPECTATIONS_FOLDER, claims)
    expectations.refuse_overlaps(claims, load_releases())
    expectations.refuse_unreachable_advice(load_releases())


def test_the_project_s_own_expectations_have_a_short_cause_and_no_advice_that_nothing_could_prove() -> None:
    for row in load_expectations(EXPECTATIONS_FOLDER, load_claims()).expectations:
        assert 0 < len(row.cause) <= 80, row.id
        assert all(advice.provable for advice in row.advice), row.id
