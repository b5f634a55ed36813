from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
import pytest

from conformance.bisecting import environment_tester
from conformance.bisecting.candidates import CandidateVersion
from conformance.bisecting.environment_tester import Attempt, TriedEnvironment, VirtualenvTester
from conformance.bisecting.hybrids import EnvironmentPart, Hybrid, ObservedEnvironment
from conformance.bisecting.question import Question, ask_about
from conformance.claims.catalogue import Catalogue, load_claims
from conformance.command_line.catalogue import sessions
from conformance.environments import interpreters, locking
from conformance.environments.catalogue import load_releases
from conformance.environments.lock_file import LockRequest, compose, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.errors import UsageError
from conformance.evidence import SCHEMA, Footer, Header, Line, Observation, Plan, Record, Unavailable, read_record
from conformance.fixtures import load_models
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import Task, built_from
from conformance.running.keys import Keys
from conformance.running.places import ROOT, Places
from conformance.words import Outcome
from tests.bisecting.fakes import candidate

RELEASES, CLAIMS = load_releases(), load_claims()
MODELS = load_models(RELEASES)
PROBE = "tf2_savedmodel_load.hub_load[tf2-dense]"
LOCKED = RELEASES.cell("tf2.15-hub0.16-tf2")
NEWER = RELEASES.cell("tf2.16-hub0.16-tf2-keras3")


def lines(task: Task, keys: Mapping[str, str], outcome: Outcome, unavailable: Unavailable | None) -> list[Line]:
    cell = task.cell
    environment = cell.environment.id
    header = Header(SCHEMA, cell.id, environment, cell.mode, cell.keras, "sha256:0", "2026-01-01T00:00:00+00:00", "abc")
    seen = () if unavailable else (Observation(PROBE, (), "", outcome, None, (), 0.1),)
    return [
        msgspec.structs.replace(header, keys=dict(keys)),
        *([unavailable] if unavailable else [Plan((PROBE,)), *seen]),
        Footer(len(seen), 12.0, 1.0, "2026-01-01T00:00:12+00:00"),
    ]


def write(path: Path, content: list[Line]) -> Record:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in content))
    return read_record(path)


class Measuring:
    """Stands in for measure_cell."""

    def __init__(self) -> None:
        self.outcome = Outcome.WORKS
        self.unavailable: Unavailable | None = None
        self.measured: list[str] = []
        self.edited: dict[str, str] = {}  # modules whose keys changed meanwhile

    def __call__(self, task: Task, places: Places, catalogue: Catalogue, limits: Limits) -> Record:
        self.measured.append(task.cell.id)
        (places.virtualenvs / task.cell.id).mkdir(parents=True, exist_ok=True)
        assert task.keys is not None
        assert task.lock is not None
        built = built_from(read_lock(task.lock))
        assert built is not None
        keys = {**task.keys().of(task.cell, built, task.narrowing, limits.examples), **self.edited}
        return write(places.record(task.cell.id), lines(task, keys, self.outcome, self.unavailable))


class Resolving:
    """Stands in for the resolver."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failure: UnavailableError | None = None

    def __call__(self, request: LockRequest, path: Path, *, as_of: str = "") -> None:
        self.asked.append((request.requirements[0].requirement, as_of))
        if self.failure:
            raise self.failure
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(compose(request, {}, f"tensorflow==1.0 \\\n    --hash=sha256:{'0' * 64}\n"))


@cache
def keys_of(claims: tuple[str, ...]) -> Keys:
    """Those of the real sources, which it takes a second to read."""
    return Keys(ROOT, CLAIMS if set(claims) == CLAIMS.claim_by_id.keys() else question(PROBE).catalogue, MODELS)


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Measuring:
    fake = Measuring()
    monkeypatch.setattr(environment_tester, "measure_cell", fake)
    monkeypatch.setattr(
        environment_tester,
        "Keys",
        lambda root, catalogue, models: keys_of(tuple(claim.id for claim in catalogue.claims)),
    )
    monkeypatch.setattr(interpreters, "exact_version", lambda version: f"{version}.9")
    return fake


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Resolving:
    fake = Resolving()
    monkeypatch.setattr(locking, "resolve", fake)
    return fake


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "reports")


def bench(places: Places, about: str = "tf2_savedmodel_load.hub_load*") -> VirtualenvTester:
    """A tester of the real sources whose folders are somewhere else."""
    return VirtualenvTester(question(about), RELEASES, CLAIMS, places, Limits())


@cache
def question(about: str) -> Question:
    return ask_about(about, LOCKED.mode, CLAIMS)


def locked() -> CandidateVersion:
    return CandidateVersion(candidate(0).version, LOCKED, locked=True)


def try_twice(made: VirtualenvTester, again: VirtualenvTester, tried: TriedEnvironment) -> tuple[Attempt, Attempt]:
    return made.try_out(tried, 1), again.try_out(tried, 1)


def test_what_was_observed_is_never_observed_again(measuring: Measuring, places: Places) -> None:
    first, second = try_twice(bench(places), bench(places), locked())

    assert first.finding is not None
    assert (first.reused, second.reused) == (False, True)
    assert second == msgspec.structs.replace(first, reused=True)
    assert second.seconds == 12.0
    assert measuring.measured == [LOCKED.id]


def test_a_repeat_is_an_observation_of_its_own(measuring: Measuring, places: Places) -> None:
    made = bench(places)
    made.try_out(locked(), 1)
    measuring.outcome = Outcome.FAILED

    second = made.try_out(locked(), 2)

    assert second.finding is not None
    assert second.finding.outcome is Outcome.FAILED
    assert made.try_out(locked(), 1).finding != second.finding
    assert len(measuring.measured) == 2


def test_another_question_is_another_observation(measuring: Measuring, places: Places) -> None:
    try_twice(bench(places), bench(places, "tf2_savedmodel_load.*"), locked())

    assert len(measuring.measured) == 2


@pytest.mark.parametrize(("stage", "times"), [("import", 1), ("collect", 1), ("install", 2), ("interpreter", 2)])
def test_only_a_gap_that_will_stay_one_is_kept(measuring: Measuring, places: Places, stage: str, times: int) -> None:
    measuring.unavailable = Unavailable(stage, "It cannot be had.")

    first, second = try_twice(bench(places), bench(places), locked())

    assert first.gap == second.gap == "It cannot be had."
    assert len(measuring.measured) == times


def test_nox_does_not_build_a_session_s_virtualenv_over_what_is_kept(measuring: Measuring, places: Places) -> None:
    names = [session.name for session, _ in sessions()]

    assert "bisect" in names
    assert bench(places).log.relative_to(places.work).parts[0] not in names


def test_an_edit_on_the_way_ends_it(measuring: Measuring, places: Places) -> None:
    made = bench(places)
    measuring.edited = {"tf2_savedmodel_load": "another"}

    with pytest.raises(UsageError, match="edited meanwhile"):
        made.try_out(locked(), 1)


def test_a_damaged_record_is_observed_anew(measuring: Measuring, places: Places) -> None:
    bench(places).try_out(locked(), 1)
    (record,) = (places.work / "bisections" / "evidence").rglob("*.jsonl")
    record.write_text("rubbish\n")

    assert bench(places).try_out(locked(), 1).finding is not None
    assert len(measuring.measured) == 2


def ordinary(places: Places, outcome: Outcome, **changed: str) -> None:
    """The record of an ordinary run of the whole cell."""
    built = built_from(read_lock(LOCKED.environment.lock))
    assert built is not None
    keys = keys_of(tuple(CLAIMS.claim_by_id)).of(LOCKED, built, Narrowing(), 4)
    write(places.record(LOCKED.id), lines(Task(LOCKED), {**keys, **changed}, outcome, None))


def test_an_ordinary_record_is_taken_for_a_first_observation(measuring: Measuring, places: Places) -> None:
    made = bench(places)
    ordinary(places, Outcome.DEGRADED)

    first, second = made.try_out(locked(), 1), made.try_out(locked(), 2)

    assert first.reused
    assert first.finding is not None
    assert first.finding.outcome is Outcome.DEGRADED
    assert not second.reused


def test_an_ordinary_record_of_other_sources_is_not(measuring: Measuring, places: Places) -> None:
    made = bench(places)
    ordinary(places, Outcome.DEGRADED, tf2_savedmodel_load="of before the edit")

    assert not made.try_out(locked(), 1).reused


def test_a_candidate_is_resolved_once_and_as_of_its_day(
    measuring: Measuring, resolving: Resolving, places: Places
) -> None:
    night = msgspec.structs.replace(candidate(3), as_of="2026-10-19")

    try_twice(bench(places), bench(places), night)

    assert resolving.asked == [("tensorflow==2.3", "2026-10-19")]
    assert len(measuring.measured) == 1


def test_what_cannot_be_resolved_is_a_gap_with_the_resolver_s_words(
    measuring: Measuring, resolving: Resolving, places: Places
) -> None:
    resolving.failure = UnavailableError(
        "lock", "no set of packages.", where="x", remedy="y", detail="Because a\n  needs b."
    )

    attempt = bench(places).try_out(candidate(3), 1)

    assert attempt.finding is None
    assert attempt.gap == "no set of packages. Because a needs b."
    assert not measuring.measured


def test_only_virtualenvs_that_no_other_command_uses_are_removed(
    measuring: Measuring, resolving: Resolving, places: Places
) -> None:
    made = bench(places)
    one, other = (ObservedEnvironment(cell.id, cell, cell.environment.lock) for cell in (LOCKED, NEWER))
    hybrids = [Hybrid(one, other, (part,)) for part in (EnvironmentPart.TENSORFLOW, EnvironmentPart.KERAS)]

    def there() -> set[str]:
        return {path.name for path in places.virtualenvs.iterdir()}

    for tried in (locked(), candidate(3)):
        made.try_out(tried, 1)
    assert there() == {LOCKED.id, candidate(3).cell.id}
    for hybrid in hybrids:
        made.try_out(hybrid, 1)
        assert there() == {LOCKED.id, hybrid.cell.id}
    made.tidy()
    assert there() == {LOCKED.id}


def test_a_hybrid_is_mixed_and_measured(measuring: Measuring, places: Places) -> None:
    one, other = (ObservedEnvironment(cell.id, cell, cell.environment.lock) for cell in (LOCKED, NEWER))
    hybrid = Hybrid(one, other, (EnvironmentPart.TENSORFLOW,))

    first, second = try_twice(bench(places), bench(places), hybrid)

    assert measuring.measured == [hybrid.cell.id]
    assert second.reused
    assert first.tried == hybrid.label
