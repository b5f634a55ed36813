"""The answer box: what was observed to work for a format, an operation and a release, and what it takes."""

from __future__ import annotations

import pytest

from conformance import evidence
from conformance.cells import cells_of
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell, Releases
from conformance.reporting.answers import ReleaseAnswer, ShortAnswer
from conformance.reporting.guidance import guidance_of
from conformance.reporting.model import build_report
from conformance.reporting.recipes import install_lines, version_of
from conformance.results import Instead, ObservationRow, Results, VerdictRow
from conformance.words import Format, Keras, Mode, Operation, Outcome, Standing, Verdict
from tests.reporting import sample

MODULE, HUB_LOAD, TAPE = "tf1-hub.load.tf1.module", "tf1-hub.load.tf2.hub-load", "tf1-hub.fine-tune.tf2"
FIT, NOTE = "tf2-savedmodel.fine-tune.tf1.fit", "tf2-savedmodel.fine-tune.tf1.no-collections"


def answer(
    results: Results,
    claims: Catalogue,
    release: str,
    operation: Operation = Operation.LOAD,
    fmt: Format = Format.TF1_HUB,
) -> ReleaseAnswer:
    (one,) = [
        each
        for each in guidance_of(build_report(results, claims).results, claims).answers
        if (each.format, each.operation, each.release) == (fmt, operation, release)
    ]
    return one


class Run:
    """Builds the results of a few cells, verdict by verdict."""

    def __init__(self, claims: Catalogue, releases: Releases) -> None:
        self.claims, self.releases = claims, releases
        self.cells: dict[str, Cell] = {}
        self.verdicts: list[VerdictRow] = []
        self.observations: list[ObservationRow] = []

    def says(self, cell_id: str, claim_id: str, verdict: Verdict = Verdict.AGREES, **changes: object) -> Run:
        cell = self.cells[cell_id] = self.releases.cell(cell_id)
        notes = changes.pop("notes", ())
        claim = self.claims.claim_by_id[claim_id]
        outcome = Outcome.DEGRADED if notes else Outcome.WORKS
        tested = (evidence.Tested(claim_id, Standing.LITERAL, str(changes.get("way", ""))),)
        self.observations.append(
            sample.observation(cell, claim, probe=claim_id, claims=tested, outcome=outcome, notes=notes)
        )
        self.verdicts.append(sample.verdict(cell, claim, verdict=verdict, outcomes={claim_id: outcome}, **changes))
        return self

    def answer(
        self, release: str, operation: Operation = Operation.LOAD, fmt: Format = Format.TF1_HUB
    ) -> ReleaseAnswer:
        cells = self.cells.values()
        packages = {"tensorflow-cpu": "2.15.1", "tensorflow-hub": "0.15.0", "numpy": "1.26.4", "rich": "1.0"}
        settings = [sample.setting(cell, packages=packages) for cell in cells]
        return answer(
            sample.results(cells, settings, self.observations, self.verdicts), self.claims, release, operation, fmt
        )


@pytest.fixture
def run(claims: Catalogue, releases: Releases) -> Run:
    return Run(claims, releases)


def test_what_works_as_installed_today_is_answered_with_its_call_its_pins_and_its_proof(run: Run) -> None:
    got = run.says("tf2.15-hub0.16-tf2", HUB_LOAD).answer("2.15")

    assert (got.short, got.sentence) == (ShortAnswer.YES, "Works on TensorFlow 2.15.")
    (recipe,) = got.recipes
    assert recipe.code == (
        "import tensorflow as tf\nimport tensorflow_hub as hub\n\n"
        'm = hub.load(handle)\noutputs = m.signatures["sig"](inputs)'
    )
    assert recipe.install == (
        'python -m pip install "tensorflow-cpu==2.15.1" "numpy==1.26.4"',
        'python -m pip install --no-deps "tensorflow-hub==0.15.0"',
    )
    assert (recipe.cell, recipe.probes, recipe.caveats) == ("tf2.15-hub0.16-tf2", (HUB_LOAD,), ())
    assert recipe.python == "3.11.9"


@pytest.mark.parametrize(
    ("says", "short", "sentence"),
    [
        (
            [
                ("tf2.15-hub0.15-tf1-compat", MODULE, {}),
                ("tf2.15-hub0.16-tf1-compat", MODULE, {"verdict": "contradicts"}),
            ],
            ShortAnswer.PARTLY,
            "Works on TensorFlow 2.15 only with tensorflow_hub 0.15.0.",
        ),
        (
            [("tf2.15-hub0.16-tf2", HUB_LOAD, {}), ("tf2.15-hub0.16-tf1-compat", MODULE, {"verdict": "contradicts"})],
            ShortAnswer.YES,
            "Works on TensorFlow 2.15, though not with every call that is documented.",
        ),
        (
            [("tf2.15-hub0.16-tf1-compat", MODULE, {"verdict": "contradicts"})],
            ShortAnswer.NO,
            "Does not work on TensorFlow 2.15: tried in 1 setting.",
        ),
        (
            [("tf2.15-hub0.16-tf2", HUB_LOAD, {"verdict": "inconclusive", "why": "it timed out"})],
            ShortAnswer.UNKNOWN,
            "Not settled on TensorFlow 2.15: it timed out.",
        ),
    ],
)
def test_the_short_answer(
    run: Run, says: list[tuple[str, str, dict[str, str]]], short: ShortAnswer, sentence: str
) -> None:
    for cell, claim, changes in says:
        run.says(cell, claim, Verdict(changes.get("verdict", "agrees")), why=changes.get("why", ""))
    got = run.answer("2.15")
    assert (got.short, got.sentence) == (short, sentence)


def test_what_was_not_tried_is_not_settled_and_names_the_nearest_release_in_which_it_works(run: Run) -> None:
    run.says("tf2.12-hub0.15-tf1-compat", MODULE).says("tf2.14-hub0.15-tf1-compat", MODULE)
    run.says("tf2.15-hub0.16-tf1-compat", MODULE, Verdict.CONTRADICTS)
    got = run.answer("2.15")
    assert got.elsewhere is not None
    assert got.elsewhere.release == "2.14"
    assert [group.claims for group in got.broken] == [(MODULE,)]


def test_what_works_only_against_the_page_names_the_nearest_release_in_which_it_works_as_promised(run: Run) -> None:
    run.says("tf2.14-hub0.15-tf1-compat", "tf1-hub.fine-tune.tf1.module")
    run.says("tf2.15-hub0.16-tf2", TAPE, Verdict.EXCEEDS, way="gradient-tape")
    got = run.answer("2.15", Operation.FINE_TUNE)
    assert len(got.recipes) == 1
    assert got.elsewhere is not None
    assert got.elsewhere.release == "2.14"


def test_legacy_keras_is_named_where_it_takes_it(run: Run) -> None:
    run.says("tf2.16-hub0.16-tf1-compat-legacy", FIT)
    run.says(
        "tf2.16-hub0.16-tf1-compat-keras3",
        FIT,
        Verdict.CONTRADICTS,
        instead=(Instead("Set it.", "tf2.16-hub0.16-tf1-compat-legacy", (FIT,)),),
    )
    got = run.answer("2.16", Operation.FINE_TUNE, Format.TF2_SAVEDMODEL)
    assert got.short is ShortAnswer.PARTLY
    assert "only with TF_USE_LEGACY_KERAS=1" in got.sentence
    assert got.recipes[0].environ == ("TF_USE_LEGACY_KERAS=1",)
    assert got.recipes[0].code.startswith("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()")
    ((way,),) = [group.ways for group in got.broken]
    assert (way.do, way.recipe) == ("Set it.", got.recipes[0])  # what proves the advice says how it is done


def test_what_runs_against_the_page_and_loses_something_says_so(run: Run) -> None:
    lost = ("moving_mean is not updated by training",)
    run.says("tf2.15-hub0.16-tf2", TAPE, Verdict.EXCEEDS, way="gradient-tape", qualifier="hazard", notes=lost)
    got = run.answer("2.15", Operation.FINE_TUNE)
    assert got.short is ShortAnswer.LOSES
    assert "without an error, but silently loses something" in got.sentence
    assert "orks" not in got.sentence
    (recipe,) = got.recipes
    assert (recipe.code, recipe.call) == ("", run.claims.claim_by_id[TAPE].ways["gradient-tape"])  # words, no Python
    assert recipe.losses == lost
    assert recipe.hazards == (0,)
    assert recipe.caveats == ("The page says that this is not supported.",)


def test_conditions_and_the_page_s_notes_are_caveats_of_the_recipe(run: Run) -> None:
    run.says("tf2.15-hub0.16-tf1-compat", FIT).says("tf2.15-hub0.16-tf1-compat", NOTE)
    got = run.answer("2.15", Operation.FINE_TUNE, Format.TF2_SAVEDMODEL)
    (recipe,) = got.recipes  # the note itself is no recipe
    assert recipe.caveats == (
        f"On condition: {run.claims.claim_by_id[FIT].condition}.",
        run.claims.claim_by_id[NOTE].statement,
    )


def test_what_implied_probes_found_around_the_call_is_a_caveat_with_its_way_out(run: Run) -> None:
    cell = "tf2.16-hub0.16-tf2-keras3"
    set_it = Instead("Set it.", "tf2.16-hub0.16-tf2-legacy", (HUB_LOAD,))
    run.says(cell, HUB_LOAD).says(cell, HUB_LOAD, standing=Standing.IMPLIED)
    run.says(
        cell,
        HUB_LOAD,
        Verdict.CONTRADICTS,
        standing=Standing.IMPLIED,
        expectation=sample.KERAS3,
        instead=(set_it,),
    )
    run.says(cell, HUB_LOAD, Verdict.CONTRADICTS, standing=Standing.IMPLIED, way="another", why="the probe failed")
    (recipe,) = run.answer("2.16").recipes
    assert recipe.caveats == (f"Ordinary use around it does not work: {sample.KERAS3.reason} Instead: Set it.",)


def test_the_reviewed_cause_of_what_works_against_the_page_is_a_caveat(run: Run) -> None:
    run.says("tf2.15-hub0.16-tf2", TAPE, Verdict.EXCEEDS, way="gradient-tape", expectation=sample.TAPE_RUNS)
    (recipe,) = run.answer("2.15", Operation.FINE_TUNE).recipes
    assert recipe.caveats == ("The page says that this is not supported.", sample.TAPE_RUNS.reason)


def test_a_rejection_as_documented_is_no_recipe(run: Run) -> None:
    run.says("tf2.15-hub0.16-tf2", TAPE, Verdict.AGREES, way="keras-layer")
    assert run.answer("2.15", Operation.FINE_TUNE).short is ShortAnswer.NO


def test_each_call_is_reported_once_per_mode_in_the_setting_that_asks_least(run: Run) -> None:
    for cell in ("tf2.16-hub0.16-tf2-legacy", "tf2.16-hub0.16-tf2-keras3"):
        run.says(cell, HUB_LOAD)
    (recipe,) = run.answer("2.16").recipes
    assert (recipe.keras, recipe.mode) == (Keras.KERAS3, Mode.TF2)


def test_a_companion_adds_to_what_does_not_hold_and_is_no_recipe(claims: Catalogue, releases: Releases) -> None:
    both = sample.with_companion(claims)
    run = Run(both, releases).says("tf2.15-hub0.15-tf1-compat", both.claims[-1].id, Verdict.CONTRADICTS)
    got = run.answer("2.15")
    assert (got.short, got.recipes) == (ShortAnswer.UNKNOWN, ())
    assert [group.claims for group in got.broken] == [(both.claims[-1].id,)]


def test_what_would_bring_another_tensorflow_is_installed_without_its_dependencies() -> None:
    packages = {"tensorflow_cpu": "2.8.4", "tensorflow-hub": "0.16.1", "tf_keras": "2.15.0", "numpy": "1.26.4"}
    assert install_lines(packages) == (
        'python -m pip install "tensorflow-cpu==2.8.4" "numpy==1.26.4"',
        'python -m pip install --no-deps "tensorflow-hub==0.16.1" "tf-keras==2.15.0"',
    )


def test_of_all_that_proves_an_advice_the_program_that_ran_is_offered(claims: Catalogue, releases: Releases) -> None:
    """Not what another of the probes that deviate does, which may be anything, nor what needs another Keras."""
    broken = releases.cell("tf2.16-hub0.16-tf1-compat-keras3")
    legacy, there = releases.cell("tf2.16-hub0.16-tf2-legacy"), releases.cell("tf2.16-hub0.16-tf2-keras3")
    vague, clear = claims.claim_by_id["tf1-hub.load.tf2.keras-layer"], claims.claim_by_id[HUB_LOAD]
    snippet = "snippets.runs_as_it_stands[tf1-hub-load]"
    proofs = [(cell, claim, probe) for cell in (legacy, there) for claim, probe in ((vague, "vague"), (clear, snippet))]
    cells = (broken, legacy, there)
    results = sample.results(
        cells,
        [sample.setting(cell) for cell in cells],
        [sample.observation(cell, claim, probe=probe) for cell, claim, probe in proofs],
        [
            *(sample.verdict(cell, claim) for cell, claim, _ in proofs),
            *(
                sample.verdict(
                    broken,
                    claims.claim_by_id[MODULE],
                    verdict=Verdict.CONTRADICTS,
                    expectation=sample.KERAS3,
                    instead=(Instead("Do it in TF2.", cell.id, (probe,)),),
                )
                for cell, _, probe in proofs
            ),
        ],
    )
    (group,) = answer(results, claims, "2.16").broken
    (way,) = group.ways
    assert way.recipe
    assert (way.recipe.snippet, way.recipe.cell) == ("tf1-hub-load", there.id)


@pytest.mark.parametrize(
    ("probe", "outcome", "offered"),
    [
        ("snippets.runs_as_it_stands[tf1-hub-load]", Outcome.WORKS, True),
        ("snippets.runs_as_it_stands[tf1-hub-load]", Outcome.DEGRADED, True),
        ("snippets.runs_as_it_stands[tf1-hub-load]", Outcome.WRONG_VALUES, False),
        ("snippets.runs_as_it_stands[hub-load]", Outcome.WORKS, False),
    ],
)
def test_a_snippet_is_offered_only_where_its_own_probe_ran_it_in_the_very_cell(
    claims: Catalogue, releases: Releases, probe: str, outcome: Outcome, *, offered: bool
) -> None:
    cell, claim = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id[HUB_LOAD]
    seen = sample.observation(cell, claim, probe=probe, outcome=outcome)
    results = sample.results([cell], [sample.setting(cell)], [seen], [sample.verdict(cell, claim)])
    (recipe,) = answer(results, claims, "2.15").recipes
    assert recipe.snippet == ("tf1-hub-load" if offered else "")
    assert ("result = " in recipe.code) is offered
    assert (probe in recipe.probes) is offered


def test_a_version_that_is_none_is_older_than_all() -> None:
    assert version_of("yesterday") < version_of("0.1")


def test_every_question_has_an_answer(full_run: Results, claims: Catalogue) -> None:
    answers = guidance_of(full_run, claims).answers
    releases = {cell.release for cell in cells_of(full_run)}
    assert len(answers) == len(Format) * 3 * len(releases)
    assert all(one.sentence.endswith(".") for one in answers)
