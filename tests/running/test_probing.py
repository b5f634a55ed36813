from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell
from conformance.running import probing
from conformance.running.places import Places
from conformance.running.selection import Narrowing
from conformance.words import Format, Keras, Operation
from tests.running.conftest import eventually, is_running

FAKE = Path(__file__).with_name("fake_pytest.py")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell, claims: Catalogue
) -> Callable[[str, float], probing.PytestEnd]:
    def run(defect: str, seconds: float = 30.0) -> probing.PytestEnd:
        monkeypatch.setattr(probing, "command", lambda python, root: [str(python), str(FAKE), defect])
        record = places.partial(cell.id)
        wanted = probing.request(
            cell, Narrowing(), claims, record=record, timeout=1.0, attempt=1, models=Path("m"), examples=4
        )
        return probing.run_probes(
            Path(sys.executable), wanted, places=places, keras=cell.keras, deadline=time.monotonic() + seconds
        )

    return run


def test_what_pytest_prints_is_passed_on_and_its_end_is_kept(
    run: Callable[[str, float], probing.PytestEnd], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run("works", 30.0)

    assert (ended.code, ended.over_time) == (0, False)
    assert "pytest says: works" in ended.tail
    assert "pytest says: works" in capsys.readouterr().out


def test_over_time_everything_it_started_is_ended(
    run: Callable[[str, float], probing.PytestEnd], places: Places, cell: Cell
) -> None:
    ended = run("hangs after one", 3.0)

    assert ended.over_time
    child = int(Path(f"{places.partial(cell.id)}.child").read_text())
    assert eventually(lambda: not is_running(child))


def test_the_request_holds_the_claims_of_the_cell(cell: Cell, claims: Catalogue) -> None:
    request = probing.request(
        cell, Narrowing(), claims, record=Path("r"), timeout=120.0, attempt=1, models=Path("m"), examples=4
    )

    assert request["claims"] == [claim.id for claim in claims.applying_to("2.15.1", cell.mode)]
    assert (request["cell"], request["mode"], request["keras"]) == (cell.id, "tf2", "bundled")
    assert (request["probes"], request["timeout"], request["attempt"]) == (None, 120.0, 1)


def test_a_narrowed_request_holds_fewer_claims(cell: Cell, claims: Catalogue) -> None:
    narrowing = Narrowing(formats=(Format.TF2_SAVEDMODEL,), operations=(Operation.LOAD,), probes=("a.*",))

    request = probing.request(
        cell, narrowing, claims, record=Path("r"), timeout=1.0, attempt=1, models=Path("m"), examples=4
    )

    assert isinstance(request["claims"], list)
    assert 0 < len(request["claims"]) < len(claims.applying_to("2.15.1", cell.mode))
    assert request["probes"] == ["a.*"]


def test_the_users_shell_changes_nothing_that_is_measured() -> None:
    shell = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/mine",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_USE_LEGACY_KERAS": "1",
        "TFHUB_CACHE_DIR": "/mine",
        "KERAS_BACKEND": "jax",
        "PYTEST_ADDOPTS": "-x",
        "VIRTUAL_ENV": "/mine",
        "NOX_SCRIPT_MODE": "none",
    }

    variables = probing.variables(shell, Path("/t/cell.json"), Path("/t"), Keras.KERAS3)

    assert variables == {
        "PATH": "/bin",
        "HOME": "/home/me",
        "CONFORMANCE_CELL": "/t/cell.json",
        "TMPDIR": "/t",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
    }


def test_only_legacy_keras_is_asked_for_by_name() -> None:
    legacy, keras3, bundled = (
        probing.variables({}, Path("f"), Path("t"), keras) for keras in (Keras.LEGACY, Keras.KERAS3, Keras.BUNDLED)
    )

    assert legacy["TF_USE_LEGACY_KERAS"] == "1"
    assert "TF_USE_LEGACY_KERAS" not in keras3
    assert "TF_USE_LEGACY_KERAS" not in bundled


def test_pytest_is_started_with_the_plugin_from_the_checkout() -> None:
    command = probing.command(Path("/venv/bin/python"), Path("/checkout"))

    assert command[:3] == ["/venv/bin/python", "-m", "pytest"]
    assert command[-1] == "/checkout/conformance/inside/probes"
    assert "conformance.inside.plugin" in command
