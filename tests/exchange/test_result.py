"""What an exchange says of promises, pairs and causes, from observations that fakes made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from packaging.version import Version

from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode, UsageError
from conformance.evidence import Error, Footer, Header, Observation, Record, Versions
from conformance.exchange.answering import Answers
from conformance.exchange.causes import Causes
from conformance.exchange.consuming import chosen_models, default_consumers
from conformance.exchange.promises import covering, load_promises
from conformance.exchange.result import ExchangeEvidence, ExchangeResult, exchange_schema, result_of
from conformance.exchange.store import SCHEMA, MadeModel, ModelClass, Store, classes_of
from conformance.exchange.text import intervals, lines_of
from conformance.fixtures import FIXTURES, tree_hash
from conformance.inspecting.ops_table import OpsTable, read_ops_table
from conformance.reporting.exchange_report import exchange_page
from conformance.words import Keras, Mode, Outcome, Verdict

OLD, NEW = "tf2.4-hub0.16-tf2", "tf2.15-hub0.16-tf2"
RELEASES = load_releases()
NO_OP = Error("tensorflow.NotFoundError", "Op type not registered 'MatMul' in binary", "tensorflow")
ABOUT: dict[str, Any] = {"selection": "everything", "harness": "test", "started": "2026-11-25", "seconds": 1.0}


def manifest(cell: str, form: str, digest: str = "sha256:m", role: str = "tf2-dense") -> MadeModel:
    release = RELEASES.cell(cell).environment.release.tf
    mode, keras = Mode.TF2, Keras.BUNDLED
    return MadeModel(
        SCHEMA, role, "recipe", cell, release, mode, keras, f"{release}.1", {}, "today", digest, form, {}, 10, ()
    )


def record(cell: str, outcomes: dict[str, tuple[Outcome, Error | None]]) -> Record:
    """A record of a cell: probe -> what came of it."""
    release = RELEASES.cell(cell).environment.release.tf
    header = Header("record/1", cell, cell.rsplit("-tf2", 1)[0], Mode.TF2, Keras.BUNDLED, "", "today", "test")
    seen = tuple(Observation(probe, (), "", outcome, error, (), 0.1) for probe, (outcome, error) in outcomes.items())
    setting = Versions(f"{release}.1", "0.16.1", "3.11", "2", {})
    return Record(Path(), header, setting, tuple(outcomes), seen, None, Footer(len(seen), 1.0, 1.0, "today"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.path("sha256:m").symlink_to(FIXTURES / "tf2-dense" / "model")
    return store


def without(op: str, release: str) -> OpsTable:
    """The table of ops as if a release did not register that one."""
    table = read_ops_table()
    rows = dict(table.ops)
    names = [one.release for one in table.releases]
    after = names[names.index(release) + 1]
    rows[op] = {**rows[op], release: None, after: table.op(op, after)}
    return msgspec.structs.replace(table, ops=rows)


def exchanged(store: Store, in_old: Outcome = Outcome.WORKS, in_new: Outcome = Outcome.WORKS) -> ExchangeResult:
    """One model that 2.4 and 2.15 both make alike, used in both."""
    manifests = (manifest(OLD, "form:aaaaaaaa"), manifest(NEW, "form:aaaaaaaa"))
    models = classes_of(manifests, [OLD, NEW])
    probe = f"consume.values[{models[0].id}]"
    records = tuple(
        record(cell, {probe: (outcome, NO_OP if outcome is Outcome.FAILED else None)})
        for cell, outcome in ((OLD, in_old), (NEW, in_new))
    )
    cells = (RELEASES.cell(OLD), RELEASES.cell(NEW))
    evidence = ExchangeEvidence(cells, records, models, manifests)
    return result_of(evidence, load_promises(), Causes(store, without("MatMul", "2.4")), ABOUT)


def test_all_is_well(store: Store) -> None:
    result = exchanged(store)
    assert result.exit_code is ExitCode.AS_EXPECTED
    assert (result.pairs, result.measured) == (4, 2)  # two of the four are equal but for names to one that was tried
    assert {one.promise for one in result.verdicts} == {
        "versions.same-major",
        "versions.same-minor",
        "versions.graph-def",
    }
    assert "Everything that was made loads everywhere, and computes what it should." in list(lines_of(result))


def test_a_newer_release_that_cannot_read_an_older_ones_model_breaks_a_promise(store: Store) -> None:
    result = exchanged(store, in_new=Outcome.WRONG_VALUES)
    broken = [one for one in result.verdicts if one.verdict is Verdict.CONTRADICTS]
    assert {(one.promise, one.producers, one.release) for one in broken} == {
        ("versions.same-major", ("2.4",), "2.15"),
        ("versions.graph-def", ("2.4",), "2.15"),
        ("versions.same-minor", ("2.15",), "2.15"),
    }
    assert result.exit_code is ExitCode.UNEXPECTED


def test_what_tensorflow_hub_lacks_breaks_no_promise_of_tensorflow(store: Store) -> None:
    result = exchanged(store, in_new=Outcome.API_MISSING)
    assert result.exit_code is ExitCode.AS_EXPECTED
    assert not [one for one in result.verdicts if one.release == "2.15"]


def test_a_cause_is_found_in_the_graph_and_is_named_by_the_error(store: Store) -> None:
    result = exchanged(store, in_old=Outcome.FAILED)
    [use] = [one for one in result.uses if one.outcome is Outcome.FAILED]
    assert use.cause is not None
    assert (use.cause.kind, use.cause.op, use.cause.named) == ("missing-op", "MatMul", True)
    assert "not in 2.4" in "\n".join(lines_of(result))
    answers = Answers(result)
    said = "Does not work. values: failed: the op MatMul is not registered. What 2.15 makes works in 2.15."
    assert answers.answer("tf2-dense", "2.15", "2.4") == said
    assert (
        answers.answer("tf2-dense", "2.15", "2.15")
        == "Works: values. What 2.15 makes works in 2.15. 2.15 can use what 2.4 to 2.15 made."
    )
    assert answers.answer("tf2-text", "2.15", "2.15") == "TensorFlow 2.15 made no tf2-text."


def test_a_graph_that_loads_is_no_cause(store: Store) -> None:
    """The op is missing by the table of ops, yet the values are right: what failed beside them failed otherwise."""
    models = classes_of([manifest(NEW, "form:aaaaaaaa")], [NEW])
    other = Error("OSError", "/tmp/of/this/run/vocabulary.txt is not there", "tensorflow")
    outcomes: dict[str, tuple[Outcome, Error | None]] = {
        f"consume.values[{models[0].id}]": (Outcome.WORKS, None),
        f"consume.saved_again[{models[0].id}]": (Outcome.FAILED, other),
    }
    evidence = ExchangeEvidence(
        (RELEASES.cell(OLD),), (record(OLD, outcomes),), models, (manifest(NEW, "form:aaaaaaaa"),)
    )
    result = result_of(evidence, load_promises(), Causes(store, without("MatMul", "2.4")), ABOUT)
    assert [one.cause for one in result.uses] == [None, None]
    why = "saved again: OSError: .../vocabulary.txt is not there"
    assert [(one.works, one.fails, one.lacks) for one in intervals(result)] == [(("2.4",), (), ((why, ("2.4",)),))]
    assert "Works: values. Not so saved again: failed: OSError" in Answers(result).answer("tf2-dense", "2.15", "2.4")
    assert f"works in 2.4; in 2.4 not {why}." in exchange_page(result)


def test_tf1s_loader_needs_the_whole_graph_and_tf2_the_functions_alone(store: Store) -> None:
    [model] = classes_of([manifest(NEW, "form:aaaaaaaa")], [NEW])
    causes = Causes(store, without("VarHandleOp", "2.4"))
    assert causes.obstacles(model, "2.4", Mode.TF2) == ()
    assert {one.op for one in causes.obstacles(model, "2.4", Mode.TF1_COMPAT)} == {"VarHandleOp"}


def test_what_works_instead_is_a_pair_that_works(store: Store) -> None:
    """The newer release writes another graph, which the older one cannot use; what that made itself, it can."""
    manifests = (
        manifest(OLD, "form:old"),
        manifest(NEW, "form:new"),
        manifest(NEW, "form:plain", role="v1-text"),
        manifest(NEW, "form:stripped", role="v1-text-stripped"),
    )
    models = classes_of(manifests, [OLD, NEW])
    bad = ("new", "plain")
    outcomes: dict[str, tuple[Outcome, Error | None]] = {
        f"consume.values[{one.id}]": (Outcome.FAILED, NO_OP) if one.id.endswith(bad) else (Outcome.WORKS, None)
        for one in models
    }
    evidence = ExchangeEvidence((RELEASES.cell(OLD),), (record(OLD, outcomes),), models, manifests)
    answers = Answers(result_of(evidence, load_promises(), Causes(store), ABOUT))
    assert "It works there if 2.4 makes it. 2.4 can use what 2.4 made." in answers.answer("tf2-dense", "2.15", "2.4")
    assert "strip_default_attrs=True" in answers.answer("v1-text", "2.15", "2.4")
    assert "strip_default_attrs" not in answers.answer("tf2-dense", "2.15", "2.4")


def test_of_what_a_newer_release_wrote_nothing_is_promised(store: Store) -> None:
    older, newer = Version("2.4.4"), Version("2.15.1")
    assert covering(load_promises(), "tf2-dense", "values", newer, older) == ()
    of_1 = [one.id for one in covering(load_promises(), "tf1-dense", "values", Version("1.15.5"), newer)]
    assert of_1 == ["versions.graph-def"]  # the TF1 Hub format is made by what only tf.compat.v1 has today
    of_both = [one.id for one in covering(load_promises(), "tf2-dense", "values", Version("1.15.5"), newer)]
    assert of_both == ["versions.next-major", "versions.graph-def"]
    assert covering(load_promises(), "tf2-dense", "training", older, newer) == ()  # loaded and evaluated, no more


def test_a_use_without_an_observation_is_incomplete(store: Store) -> None:
    whole = exchanged(store)
    result = msgspec.structs.replace(whole, missing=(f"{NEW}: consume.values[x]",))
    assert result.exit_code is ExitCode.INCOMPLETE
    assert any(line.startswith("missing: 1 uses") for line in lines_of(result))


def test_the_file_follows_its_schema(store: Store) -> None:
    result = exchanged(store, in_old=Outcome.FAILED)
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(result)), exchange_schema())


def test_the_page_answers_without_colours_and_runs_only_its_own_script(store: Store) -> None:
    foreign = Error("E", "</script><script>alert(1)</script>", "tensorflow")
    result = exchanged(store, in_old=Outcome.FAILED)
    uses = tuple(msgspec.structs.replace(one, error=foreign, cause=None) for one in result.uses)
    page = exchange_page(msgspec.structs.replace(result, uses=uses))
    assert "<script>alert" not in page
    assert len(re.findall(r"<script[ >]", page)) == 2
    assert '<span class="sr">failed</span>' in page
    assert 'tabindex="0"' in page
    assert "<option>2.15</option>" in page


def test_what_is_used_can_be_chosen() -> None:
    models = (ModelClass("a", "tf2-dense", "form:a", "sha256:a", 1, (OLD, NEW)),)
    [chosen] = chosen_models(models, ("tf2.15*",), ("tf2-*",))
    assert chosen.producers == (NEW,)
    with pytest.raises(UsageError, match=r"produce -- --only 'tf2\.99'"):
        chosen_models(models, ("tf2.99",), ())
    with pytest.raises(UsageError, match="no such model"):
        chosen_models(models, (), ("tf1-*",))


def test_by_default_each_release_uses_them_once() -> None:
    cells = default_consumers(RELEASES)
    assert len(cells) == len({cell.environment.release.tf for cell in cells}) == len(RELEASES.releases)
    assert cells[0].environment.release.tf == "1.13"
    hubs = {cell.environment.release.tf: cell.environment.hub_line for cell in cells}
    assert (hubs["1.15"], hubs["2.15"], hubs["2.21"]) == ("0.15", "0.16", "0.16")


def test_equal_forms_are_one_class_of_its_oldest_producer() -> None:
    found = classes_of([manifest(NEW, "form:a", "sha256:n"), manifest(OLD, "form:a", "sha256:o")], [OLD, NEW])
    assert [(one.hash, one.producers) for one in found] == [("sha256:o", (OLD, NEW))]
    assert len(classes_of([manifest(NEW, "form:a"), manifest(OLD, "form:b")], [OLD, NEW])) == 2


def test_models_stand_where_their_hash_says(tmp_path: Path) -> None:
    assert Store(tmp_path).path(tree_hash(FIXTURES / "tf2-dense" / "model")).parent == tmp_path
