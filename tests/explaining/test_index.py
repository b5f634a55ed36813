from __future__ import annotations

import msgspec
import pytest

from conformance import evidence
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.explaining.alike import groups_of_alike
from conformance.explaining.explain import Doubt, Explainer
from conformance.explaining.index import Entry, all_stated, index_of
from conformance.explaining.matching import THRESHOLD, Matcher
from conformance.results import ObservationRow
from conformance.words import Outcome, Standing, Verdict
from tests.explaining import pasted
from tests.reporting import sample

REFUSAL = Error("ValueError", "Unknown signature absent in /tmp/a1/model (available: serving)", "tensorflow_hub")
MISSING = Error("AttributeError", "module 'tensorflow_hub' has no attribute 'Module'", "tensorflow_hub")
OTHER = Error("AttributeError", "module 'tensorflow_hub' has no attribute 'load_module_spec'", "tensorflow_hub")
OURS = Error("conformance.inside.probe.WrongValues", "got 1, expected 2", "probe")


def index(releases: Releases, claims: Catalogue, **errors: tuple[Error | None, tuple[Error, ...]]) -> list[Entry]:
    cells = [releases.cell("tf2.14-hub0.16-tf2"), releases.cell("tf2.15-hub0.16-tf2")]
    rows: list[ObservationRow] = [
        sample.observation(cell, claims.claims[0], probe=probe, error=error, errors_met=met, outcome=Outcome.FAILED)
        for cell in cells
        for probe, (error, met) in errors.items()
    ]
    results = sample.results(cells, [sample.setting(cell) for cell in cells], rows)
    return list(index_of(results, all_stated(claims)))


def test_each_error_has_one_entry_whichever_way_it_was_met(releases: Releases, claims: Catalogue) -> None:
    again = msgspec.structs.replace(REFUSAL, message=REFUSAL.message.replace("/tmp/a1", "/home/b2"))
    found = index(releases, claims, a=(None, (REFUSAL,)), b=(again, ()), c=(MISSING, (OTHER,)), d=(OURS, ()))
    assert [entry.text for entry in found] == [
        "ValueError: Unknown signature absent in <path> (available: serving)",
        "AttributeError: module 'tensorflow_hub' has no attribute 'load_module_spec'",
        "AttributeError: module 'tensorflow_hub' has no attribute 'Module'",
    ]
    assert set(found[0].probes) == {"a", "b"}
    assert found[0].origins == ("tensorflow_hub",)
    assert [(met.where, met.releases) for met in found[0].met] == [("TF2, hub 0.16", "since 2.14")]


@pytest.mark.parametrize(
    ("verdict", "causes"), [(Verdict.CONTRADICTS, [sample.TAPE_RUNS.cause]), (Verdict.EXCEEDS, [])]
)
def test_why_a_call_runs_all_the_same_is_no_cause_of_an_error(
    releases: Releases, claims: Catalogue, verdict: Verdict, causes: list[str]
) -> None:
    cell, claim = releases.cell("tf2.15-hub0.16-tf2"), claims.claims[0]
    row = sample.observation(cell, claim, probe="a", error=REFUSAL, outcome=Outcome.FAILED)
    judged = sample.verdict(cell, claim, verdict=verdict, outcomes={"a": Outcome.FAILED}, expectation=sample.TAPE_RUNS)
    results = sample.results([cell], [sample.setting(cell)], [row], [judged])
    (entry,) = index_of(results, all_stated(claims))
    assert [one.cause for one in entry.causes] == causes


@pytest.mark.parametrize(
    ("verdict", "control", "instead"),
    [
        (Verdict.AGREES, Verdict.AGREES, ["What works beside it: m = hub.load(handle); outputs = m(inputs) (2.15)"]),
        (Verdict.AGREES, Verdict.CONTRADICTS, []),
        (Verdict.CONTRADICTS, Verdict.AGREES, []),
    ],
)
def test_a_refusal_that_is_as_documented_leads_to_what_works_beside_it(
    releases: Releases, claims: Catalogue, verdict: Verdict, control: Verdict, instead: list[str]
) -> None:
    cell, claim = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id["tf2-savedmodel.load.tf2.places.refused"]
    row = sample.observation(cell, claim, probe="a", error=REFUSAL, outcome=Outcome.REJECTED)
    judged = [
        sample.verdict(cell, claim, verdict=verdict, outcomes={"a": Outcome.REJECTED}),
        sample.verdict(cell, claims.claim_by_id[claim.control[0]], verdict=control, outcomes={"b": Outcome.WORKS}),
    ]
    results = sample.results([cell], [sample.setting(cell)], [row], judged)
    (entry,) = index_of(results, all_stated(claims))
    assert [f"{one.do} ({one.releases})" for one in entry.instead] == instead


@pytest.mark.parametrize(
    ("outcome", "way", "instead"),
    [
        (Outcome.WORKS, "subscript", ["Call the object: `m = hub.load(handle); m(x)`. (2.15)"]),
        (Outcome.WRONG_VALUES, "subscript", []),
        (Outcome.WORKS, "no such way", []),
    ],
)
def test_what_refuses_a_mistake_leads_to_the_right_call_where_that_worked(
    releases: Releases, claims: Catalogue, outcome: Outcome, way: str, instead: list[str]
) -> None:
    cell, claim = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id["tf2-savedmodel.load.tf2.mistakes"]
    tested = (evidence.Tested(claim.id, Standing.LITERAL, way),)
    row = sample.observation(cell, claim, probe="a", claims=tested, errors_met=(REFUSAL,), outcome=outcome)
    results = sample.results([cell], [sample.setting(cell)], [row])
    (entry,) = index_of(results, all_stated(claims))
    assert [f"{one.do} ({one.releases})" for one in entry.instead] == instead


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Table not initialized.\n\t [[{{node lookup/table}}]]",
            "Table not initialized.\n\t [[node x (defined at /a.py:3) ]]",
        ),
        (
            "Graph execution error:\n\nDetected at node 'a/b' defined at (most recent call last):\n"
            "    File \"/a/b.py\", line 7, in f\n      return x\nNode: 'a/b'\nRead less bytes than requested here",
            "Read less bytes than requested here\n\t [[node a]]\n\nOriginal stack trace for 'a':\n"
            '  File "/a/b.py", line 7, in f\n    return x\n',
        ),
        (
            "Could not find matching function to call loaded from the SavedModel. Got:\n  Tensor of shape (2, 3)",
            "Could not find matching function to call loaded from the SavedModel. Got:\n  * two arguments, strings",
        ),
    ],
)
def test_what_tensorflow_puts_around_an_error_makes_no_other_of_it(
    releases: Releases, claims: Catalogue, one: str, other: str
) -> None:
    errors = (Error("ValueError", one, "tensorflow"), Error("ValueError", other, "tensorflow"))
    assert len(index(releases, claims, a=(None, errors))) == 1


@pytest.mark.parametrize("more", [0, 300])
def test_what_is_known_does_not_depend_on_how_much_is(more: int) -> None:
    def word(number: int) -> str:
        return "".join(chr(97 + int(digit)) for digit in f"{number:04}")

    others = [f"ValueError: the {word(n)} of {word(n + 1000)} is no {word(n + 2000)} at all" for n in range(more)]
    matcher = Matcher([f"AttributeError: {MISSING.message}", f"ValueError: {REFUSAL.message}", *others])
    for text, sure in {
        "module 'tensorflow_hub' has no attribute 'Module'": True,
        "KeyError: 'available'": False,
        "AttributeError: module 'flux' has no attribute 'Capacitor'": False,
    }.items():
        assert (matcher.scores(text)[0].score >= THRESHOLD) is sure


def test_the_error_of_an_op_that_the_user_calls_is_none_of_a_model() -> None:
    matcher = Matcher(["InvalidArgumentError: Matrix size-incompatible: In[0]: [4,4], In[1]: [3,2]"])
    text = "InvalidArgumentError: Matrix size-incompatible: In[0]: [4,4], In[1]: [3,2] [Op:{}]"
    assert matcher.scores(text.format("__inference_pruned_7"))[0].score >= THRESHOLD
    assert matcher.scores(text.format("MatMul"))[0].score < THRESHOLD


def test_an_error_that_begins_otherwise_is_another() -> None:
    advice = "Please ensure you are using a `custom_object_scope` and that this object is included in the scope."
    matcher = Matcher([f"ValueError: Unknown layer: 'KerasLayer'. {advice}"])
    assert matcher.scores(f"ValueError: Unknown layer: 'KerasLayer'. {advice}")[0].score >= THRESHOLD
    assert matcher.scores(f"ValueError: Unknown loss function: 'pearl'. {advice}")[0].score < THRESHOLD


def test_names_in_quotes_decide_between_texts_that_are_alike_but_for_them(
    releases: Releases, claims: Catalogue
) -> None:
    explainer = Explainer(index(releases, claims, a=(MISSING, (OTHER,)), b=(REFUSAL, ())))
    match = explainer.explain("module 'tensorflow_hub' has no attribute 'load_module_spec'").match
    assert match is not None
    assert match.text.endswith("'load_module_spec'")


def test_nothing_known_names_the_nearest(releases: Releases, claims: Catalogue) -> None:
    explanation = Explainer(index(releases, claims, a=(MISSING, ()))).explain("no attribute 'placeholder' here")
    assert explanation.match is None
    assert [entry.text for entry in explanation.nearest] == [f"AttributeError: {MISSING.message}"]
    assert Explainer([]).explain("anything").nearest == ()


@pytest.mark.parametrize(
    ("text", "known", "doubt"),
    [
        ("OSError: ./my_models/efficientnet does not exist.", "does not exist", Doubt.COMMON),
        (
            "OSError: SavedModel file does not exist at: /tmp/a/{saved_model.pbtxt|saved_model.pb}",
            "SavedModel file",
            Doubt.NONE,
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/data/cats'", "", Doubt.NONE),
        ("Unknown initializer: he_nromal. Please ensure this object is passed to the `custom_objects`", "", Doubt.NONE),
        ("ValueError: Unknown layer: Custom>KerasLayer", "Unknown layer: KerasLayer", Doubt.NONE),
        ("AttributeError: 'str' object has no attribute 'shape'", "", Doubt.NONE),
        ("AttributeError: module 'tensorflow_hub' has no attribute 'Modul'", "tensorflow_hub", Doubt.OTHER_NAMES),
        ("module 'tensorflow_hub' has no attribute 'Module'. Did you mean: 'module'?", "'Module'", Doubt.NONE),
        ("AttributeError: module 'tensorflow._api.v2.compat.v1' has no attribute 'estimator'", "estimator", Doubt.NONE),
        ("ModuleNotFoundError: No module named 'tf_keras'", "tf_keras", Doubt.NONE),
        ("ModuleNotFoundError: No module named 'sklearn'", "", Doubt.NONE),
        ("ERROR: No matching distribution found for tensorflow-gpu==1.15", "No matching distribution", Doubt.NONE),
        ("ERROR: No matching distribution found for flask==9.1", "", Doubt.NONE),
    ],
)
def test_a_few_words_do_not_make_an_error_a_known_one(text: str, known: str, doubt: Doubt) -> None:
    found = Explainer(pasted.index()).explain(text)
    assert found.doubt is doubt
    assert known in found.match.text if known and found.match else found.match is None


def test_the_name_of_a_signature_is_enough_of_a_few_words(releases: Releases, claims: Catalogue) -> None:
    missing, other = Error("KeyError", "'serving_default'", "tensorflow"), Error("KeyError", "'right'", "tensorflow")
    explainer = Explainer(index(releases, claims, a=(None, (missing,)), b=(None, (other,))))

    found = explainer.explain("KeyError: 'serving_default'").match

    assert found is not None
    assert found.text == "KeyError: 'serving_default'"
    assert explainer.explain("KeyError: 'right'").match is None  # which any program may say


def test_of_few_words_the_last_one_tells_errors_apart() -> None:
    known = [
        "TypeError: '_UserObject' object is not callable",
        "TypeError: '_UserObject' object is not subscriptable",
        "OSError: /models/one does not exist.",
        "OSError: nonsense does not exist.",
    ]
    assert groups_of_alike(known) == [[0], [1], [2, 3]]
