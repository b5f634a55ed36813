from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell
from conformance.judging.narrowing import Narrowing
from conformance.running import probing
from conformance.running.places import Places
from conformance.words import Format, Keras, Operation
from tests.running.conftest import eventually, is_running

FAKE = Path(__file__).with_name("fake_pytest.py")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell, claims: Catalogue
) -> Callable[..., probing.PytestEnd]:
    def run(defect: str, seconds: float = 30.0, first: tuple[str, ...] = ()) -> probing.PytestEnd:
        monkeypatch.setattr(probing, "command", lambda python, root: [str(python), "-IS", str(FAKE), defect])
        wanted = probing.ProbeRequest(
            record=str(places.partial(cell.id)),
            cell=cell.id,
            mode=cell.mode,
            keras=cell.keras,
            claims=(),
            probes=None,
            observed=(),
            models="m",
            timeout=1.0,
            examples=4,
            attempt=1,
            first=first,
        )
        return probing.run_probes(Path(sys.executable), wanted, places=places, deadline=time.monotonic() + seconds)

    return run


def test_what_pytest_prints_is_passed_on_and_its_end_is_kept(
    run: Callable[..., probing.PytestEnd], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run("works", 30.0)

    assert (ended.code, ended.over_time) == (0, False)
    assert "pytest says: works" in ended.tail
    assert "pytest says: works" in capsys.readouterr().out


@pytest.mark.parametrize(("first", "plan"), [((), ("one", "two")), (("two",), ("two", "one"))])
def test_some_probes_can_run_before_the_others(
    run: Callable[..., probing.PytestEnd], places: Places, cell: Cell, first: tuple[str, ...], plan: tuple[str, ...]
) -> None:
    path = places.partial(cell.id)

    run("works", first=first)

    assert msgspec.json.decode(path.read_bytes().splitlines()[0])["probes"] == list(plan)


def test_over_time_everything_it_started_is_ended(
    run: Callable[..., probing.PytestEnd], places: Places, cell: Cell
) -> None:
    ended = run("hangs after one", 3.0)

    assert ended.over_time
    child = int(Path(f"{places.partial(cell.id)}.child").read_text())
    assert eventually(lambda: not is_running(child))


def test_a_cell_tries_the_claims_that_apply_to_it(cell: Cell, claims: Catalogue) -> None:
    assert Narrowing().claims_to_try(cell, claims) == claims.applying_to("2.15.1", cell.mode)


def test_a_narrowed_cell_tries_fewer_claims(cell: Cell, claims: Catalogue) -> None:
    narrowing = Narrowing(formats=(Format.TF2_SAVEDMODEL,), operations=(Operation.LOAD,), probes=("a.*",))

    assert 0 < len(narrowing.claims_to_try(cell, claims)) < len(claims.applying_to("2.15.1", cell.mode))


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
