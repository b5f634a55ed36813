"""Every way in which a probe can end, in one run with one worker after the other, against fake libraries."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tests.inside import running
from tests.inside.running import Run

LIVING_PROBES = '''
from conformance.inside import checks

@literal
def test_works(tf, hub, cell):
    """Does what it should."""
    assert (tf.__version__, hub.__version__, cell.mode) == ("2.99.0", "0.99.0", "tf2")

@literal
def test_notes(note):
    note("worth knowing")

@literal
def test_loses(lost, note):
    note("a remark")
    lost("the update ops")

@literal
def test_loses_and_fails(lost):
    lost("the update ops")
    raise OSError("and then it failed")

@literal
def test_wrong_values():
    raise WrongValues("0.5 is not 0.25")

@literal
def test_plain_assertion():
    found = 0.5
    assert found == 0.25

@literal
def test_assertion_of_tensorflow(tf):
    tf.assert_something()

@literal
def test_assertion_in_a_callback(tf):
    def callback():
        assert 1 == 2
    tf.call(callback)

@rejects("TypeError", "reshape")
@rejects("ValueError", "cannot RESHAPE.*to")
@literal
def test_rejected(tf):
    tf.reshape(7)

@rejects("Exception", "reshape")
@literal
def test_rejected_by_base_class(tf):
    tf.reshape(7)

@rejects("ValueError", "some other text")
@rejects("TypeError", "reshape")
@literal
def test_not_a_rejection(tf):
    tf.reshape(7)

@rejects("ValueError", "x")
@literal
def test_rejection_expected_in_vain(tf):
    pass

@literal
def test_public_name_missing(tf):
    public(tf, "compat.v1.estimator.Estimator")

@literal
def test_public_name_there(tf):
    assert public(tf, "keras.Model") is tf.keras.Model

@literal
def test_attribute_missing(hub):
    hub.Module("x")

@literal
def test_import_missing(tf):
    from tensorflow import contrib

@literal
def test_module_missing(tf):
    import tensorflow.estimator

@literal
def test_attribute_missing_deep_inside(tf):
    tf.use_missing_name()

@literal
def test_attribute_missing_of_an_object(tf):
    tf.Tensor().numpy()

@literal
def test_fails_in_hub(hub):
    hub.load("x")

@literal
def test_blocked(tf):
    raise Blocked("the module could not be made")

@pytest.fixture
def broken():
    raise ValueError("the fixture is broken")

@literal
def test_blocked_by_fixture(broken):
    pass

@pytest.fixture
def estimator(tf):
    return public(tf, "estimator")

@literal
def test_name_missing_in_fixture(estimator):
    pass

@literal
def test_skipped():
    pytest.skip("not today")

@literal
def test_exits():
    raise SystemExit(0)

@literal
def test_strange_text():
    beginning = "<b>&bold</b> [red] \\x1b[31m nul \\x00 lone \\ud800 \\u00fc \\U0001f600"
    raise RuntimeError(beginning + "x" * 9000 + "the end")

class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no")

@literal
def test_no_text():
    raise Unspeakable()

@literal
def test_behind_it():
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("in front") from error

@literal
def test_confirms_refusals(tf):
    for _ in range(2):
        checks.refused(lambda: tf.reshape(7), "ValueError", "reshape", "it is refused")

@literal
def test_confirms_another_refusal(tf):
    checks.refused(lambda: tf.reshape(7), "ValueError", "some other text", "it is refused")

@literal
@probe("create.claim", standing="implied", way="eager")
@pytest.mark.parametrize("model", ["tf1-dense"])
@pytest.mark.parametrize("number", [3])
def test_described(model, number):
    """First this,

    then that.
    """

@pytest.mark.parametrize("model", [object()], ids=["odd"])
@literal
def test_model_is_no_text(model):
    pass

@probe("claim.of.another.cell", standing="literal")
def test_of_another_cell():
    pass
'''

DYING_PROBES = '''
@literal
def test_crashes(tf):
    """Crashes."""
    os.write(2, b"F0000 core.cc:17 Check failed: ok\\n")
    tf.crash()

@literal
def test_aborts():
    os.abort()

@literal
def test_ends_the_process():
    os._exit(7)

@literal
def test_killed():
    os.kill(os.getpid(), signal.SIGKILL)

@pytest.fixture
def crashes_afterwards():
    yield
    os.kill(os.getpid(), signal.SIGTERM)

@literal
def test_crashes_afterwards(crashes_afterwards, note):
    note("all is well")

@literal
def test_after_all_that(tf):
    pass
'''


class Expected(NamedTuple):
    """What is to be recorded: the outcome, and the error's class, origin and (a pattern of its) message."""

    outcome: str
    error: str | None = None
    origin: str | None = None
    message: str = ""


OURS = "conformance.inside.probe."
LIVING: dict[str, Expected] = {
    "works": Expected("works"),
    "notes": Expected("works"),
    "loses": Expected("degraded"),
    "loses_and_fails": Expected("failed", "OSError", "probe", "and then it failed"),
    "wrong_values": Expected("wrong-values", OURS + "WrongValues", "probe", "0.5 is not 0.25"),
    "plain_assertion": Expected("wrong-values", "AssertionError", "probe", r"assert 0\.5 == 0\.25"),
    "assertion_of_tensorflow": Expected("failed", "AssertionError", "tensorflow", "own assertion"),
    "assertion_in_a_callback": Expected("wrong-values", "AssertionError", "probe", "assert 1 == 2"),
    "rejected": Expected("rejected", "ValueError", "tensorflow", "Cannot reshape\nto 7"),
    "rejected_by_base_class": Expected("rejected", "ValueError", "tensorflow", "Cannot reshape"),
    "not_a_rejection": Expected("failed", "ValueError", "tensorflow", "Cannot reshape"),
    "rejection_expected_in_vain": Expected("works"),
    "public_name_missing": Expected(
        "api-missing", OURS + "ApiMissing", "tensorflow", r"tensorflow\.compat\.v1\.estimator\.Estimator is not there"
    ),
    "public_name_there": Expected("works"),
    "attribute_missing": Expected("api-missing", "AttributeError", "tensorflow_hub", "no attribute 'Module'"),
    "import_missing": Expected("api-missing", "ImportError", "tensorflow", "cannot import name 'contrib'"),
    "module_missing": Expected(
        "api-missing", "ModuleNotFoundError", "tensorflow", "No module named 'tensorflow.estimator'"
    ),
    "attribute_missing_deep_inside": Expected("failed", "AttributeError", "tensorflow", "missing_inside"),
    "attribute_missing_of_an_object": Expected("failed", "AttributeError", "probe", "'Tensor' object has no attribute"),
    "fails_in_hub": Expected("failed", "RuntimeError", "tensorflow_hub", "hub cannot load x"),
    "blocked": Expected("blocked", OURS + "Blocked", "probe", "could not be made"),
    "blocked_by_fixture": Expected("blocked", "ValueError", "probe", "the fixture is broken"),
    "name_missing_in_fixture": Expected("api-missing", OURS + "ApiMissing", "tensorflow", "estimator"),
    "skipped": Expected("blocked", "Skipped", "probe", "not today"),
    "exits": Expected("failed", "SystemExit", "probe", "0"),
    "strange_text": Expected(
        "failed",
        "RuntimeError",
        "probe",
        r"<b>&bold</b> \[red\]  nul \\x00 lone \\ud800 \u00fc \U0001f600x+\n\[\.\.\. .* ...\]\nx+the end\Z",
    ),
    "no_text": Expected("failed", "test_ends.Unspeakable", "probe", "the text of this Unspeakable cannot be had"),
    "behind_it": Expected("failed", "RuntimeError", "probe", "in front"),
    "confirms_refusals": Expected("works"),
    "confirms_another_refusal": Expected(
        "wrong-values", OURS + "WrongValues", "probe", "it is refused: got ValueError"
    ),
    "described[3-tf1-dense]": Expected("works"),
    "model_is_no_text[odd]": Expected("works"),
}
DYING: dict[str, Expected] = {
    "crashes": Expected(
        "crashed", "SIGSEGV", "tensorflow", r"died of SIGSEGV \(call\)\nF0000 core.cc:17 Check failed: ok\Z"
    ),
    "aborts": Expected("crashed", "SIGABRT", "probe", r"died of SIGABRT \(call\)\Z"),
    "ends_the_process": Expected("crashed", "exit code 7", "probe", "died of exit code 7"),
    "killed": Expected("crashed", "SIGKILL", "probe", "died of SIGKILL"),
    "crashes_afterwards": Expected("works"),
    "after_all_that": Expected("works"),
}


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What does not end the process."""
    folder = tmp_path_factory.mktemp("one-process")
    return running.run(folder, running.write_probes(folder, ends=LIVING_PROBES), workers=False)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of it, with a worker."""
    folder = tmp_path_factory.mktemp("worker")
    return running.run(folder, running.write_probes(folder, ends=LIVING_PROBES + DYING_PROBES))


@pytest.fixture(params=["one_process", "worker"])
def ended(request: pytest.FixtureRequest) -> Run:
    """Either of them."""
    run: Run = request.getfixturevalue(request.param)
    return run


@pytest.mark.parametrize("probe", LIVING)
def test_outcome(ended: Run, probe: str) -> None:
    check(ended, probe, LIVING[probe])


@pytest.mark.parametrize("probe", DYING)
def test_outcome_of_a_process_that_dies(worker: Run, probe: str) -> None:
    check(worker, probe, DYING[probe])


def check(run: Run, probe: str, expected: Expected) -> None:
    line = run.observation("ends." + probe)
    error = line["error"] or {"type": None, "origin": None, "message": ""}
    assert (line["outcome"], error["type"], error["origin"]) == expected[:3]
    assert re.search(expected.message, error["message"], re.DOTALL), error["message"]


def test_every_probe_is_observed_once_and_in_no_other_lines(ended: Run) -> None:
    plan = ended.of_kind("plan")
    observed = [line["probe"] for line in ended.of_kind("observation")]
    again = ["ends.crashes_afterwards"] if "ends.crashes" in observed else []  # once more, with a note
    assert [line["kind"] for line in ended.lines[:2]] == ["setting", "plan"]
    assert len(plan) == len(ended.of_kind("setting")) == 1
    assert sorted(observed) == sorted(plan[0]["probes"] + again)
    assert "ends.of_another_cell" not in observed


def test_a_probe_that_was_not_right_is_no_failure_of_the_run(ended: Run) -> None:
    assert ended.code == 0, ended.output
    assert "API-MISSING" in ended.output


def test_setting(ended: Run) -> None:
    (setting,) = ended.of_kind("setting")
    assert (setting["tf"], setting["hub"], setting["keras_version"]) == ("2.99.0", "0.99.0", "3.99.0")
    assert re.match(r"3\.\d+\.\d+", setting["python"])
    assert re.match(r"\d+\.", setting["packages"]["pytest"])


@pytest.mark.parametrize(
    ("probe", "notes"),
    [
        ("notes", ["worth knowing"]),
        ("loses", ["the update ops", "a remark"]),
        ("loses_and_fails", ["the update ops"]),
        ("works", []),
    ],
)
def test_notes(ended: Run, probe: str, notes: list[str]) -> None:
    assert ended.observation("ends." + probe)["notes"] == notes


@pytest.mark.parametrize(
    ("probe", "met"),
    [
        ("confirms_refusals", [("ValueError", "Cannot reshape\nto 7", "tensorflow")]),
        ("confirms_another_refusal", [("ValueError", "Cannot reshape\nto 7", "tensorflow")]),
        ("public_name_missing", [("AttributeError", "module 'tensorflow' has no attribute 'compat'", "tensorflow")]),
        ("behind_it", [("KeyError", "'key'", "probe")]),
        ("rejected", []),
        ("works", []),
    ],
)
def test_errors_that_a_probe_met_beside_the_one_it_ended_with(
    ended: Run, probe: str, met: list[tuple[str, str, str]]
) -> None:
    kept = ended.observation("ends." + probe)["errors_met"]
    assert [(one["type"], one["message"], one["origin"]) for one in kept] == met


def test_description(ended: Run) -> None:
    line = ended.observation("ends.described[3-tf1-dense]")
    assert line["claims"] == [
        {"id": "load.claim", "standing": "literal", "way": ""},
        {"id": "create.claim", "standing": "implied", "way": "eager"},
    ]
    assert line["fixture"] == "tf1-dense"
    assert line["steps"] == "First this,\n\nthen that."
    assert line["attempt"] == 1
    assert ended.observation("ends.model_is_no_text[odd]")["fixture"] == ""


def test_traceback_begins_with_the_probe_and_names_no_folder(ended: Run) -> None:
    traceback = ended.observation("ends.fails_in_hub")["error"]["traceback"]
    assert re.match(
        r'conformance/inside/probes/test_ends\.py:\d+ in test_fails_in_hub\n    hub\.load\("x"\)\n'
        r"tensorflow_hub/__init__\.py:\d+ in load\n",
        traceback,
    ), traceback


def test_traceback_shows_what_led_to_the_error(ended: Run) -> None:
    traceback = ended.observation("ends.behind_it")["error"]["traceback"]
    assert re.search(r"KeyError\n\nwhich led to\n\n.*RuntimeError\Z", traceback, re.DOTALL), traceback


def test_crash_is_described_like_any_other_observation(worker: Run) -> None:
    line = worker.observation("ends.crashes")
    assert line["claims"] == [{"id": "load.claim", "standing": "literal", "way": ""}]
    assert line["steps"] == "Crashes."
    assert line["error"]["traceback"].split("\n")[2].startswith("tensorflow/__init__.py")


def test_death_while_fixtures_are_put_away_changes_no_outcome(worker: Run) -> None:
    assert worker.observation("ends.crashes_afterwards")["notes"] == [
        "all is well",
        "afterwards: the process died of SIGTERM (teardown)",
    ]


def test_nothing_is_left_behind(ended: Run) -> None:
    assert ended.left_behind == []
