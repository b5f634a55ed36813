"""What the plugin writes inside an environment is what conformance.evidence reads on the host."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.evidence import SCHEMA, Footer, Header, Record, read_record
from conformance.words import Keras, Mode, Outcome, Standing
from tests.inside import running

PROBES = """
@literal
def test_works(tf):
    pass

@literal
def test_loses(lost):
    lost("the update ops")

@probe("create.claim", standing="implied", way="eager")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_fails(hub, model):
    '''Load it.'''
    hub.load(model)

@literal
def test_crashes():
    faulthandler._sigsegv()
"""


def read_back(folder: Path, probes: str, defect: str = "") -> Record:
    """Runs `probes` and reads the record with a header and a footer around it, as the host writes them."""
    ended = running.run(folder, running.write_probes(folder, trial=probes), defect)
    path = folder / "record.jsonl"
    header = Header(SCHEMA, "c", "e", Mode.TF2, Keras.KERAS3, "", "2026-01-01T00:00:00Z", "0")
    footer = Footer(len(ended.of_kind("observation")), 1.0, 1.0, "2026-01-01T00:00:01Z")
    encode = msgspec.json.encode
    path.write_bytes(encode(header) + b"\n" + path.read_bytes() + encode(footer) + b"\n")
    return read_record(path)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return read_back(tmp_path_factory.mktemp("record"), PROBES)


def test_the_whole_record_is_read_back(record: Record) -> None:
    assert record.complete
    assert record.plan == ("trial.works", "trial.loses", "trial.fails[tf1-dense]", "trial.crashes")
    assert record.setting is not None
    assert (record.setting.tf, record.setting.hub, record.setting.keras_version) == ("2.99.0", "0.99.0", "3.99.0")
    assert record.setting.packages["pytest"]


def test_observations_are_read_back(record: Record) -> None:
    observed = {observation.probe: observation for observation in record.observations}
    outcomes = {probe: observation.outcome for probe, observation in observed.items()}
    assert outcomes == {
        "trial.works": Outcome.WORKS,
        "trial.loses": Outcome.DEGRADED,
        "trial.fails[tf1-dense]": Outcome.FAILED,
        "trial.crashes": Outcome.CRASHED,
    }
    failed = observed["trial.fails[tf1-dense]"]
    assert failed.error is not None
    assert (failed.error.type, failed.error.origin) == ("RuntimeError", "tensorflow_hub")
    (tested,) = failed.claims
    assert (tested.id, tested.standing, tested.way) == ("create.claim", Standing.IMPLIED, "eager")
    assert (failed.fixture, failed.steps, failed.attempt) == ("tf1-dense", "Load it.", 1)


def test_an_unusable_environment_is_read_back(tmp_path: Path) -> None:
    record = read_back(tmp_path, PROBES, "tensorflow raises")
    assert record.unavailable is not None
    assert (record.unavailable.stage, record.plan, record.observations) == ("import", (), ())
    assert record.complete
