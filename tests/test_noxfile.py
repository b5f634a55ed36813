"""The noxfile is the manual: what it lists is what there is."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Iterator, Mapping

import nox.registry
import pytest
from packaging.requirements import Requirement

from conformance.command_line.catalogue import COMMANDS
from conformance.environments.catalogue import load_releases
from conformance.running.places import ROOT

NOXFILE = ROOT / "noxfile.py"


@pytest.fixture
def sessions() -> Iterator[Mapping[str, object]]:
    nox.registry.reset()
    spec = importlib.util.spec_from_file_location("noxfile", NOXFILE)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    yield nox.registry.get()
    nox.registry.reset()


def test_it_reads_like_a_table_of_contents(sessions: Mapping[str, object]) -> None:
    assert list(sessions) == [
        *("matrix", "quick", "list", "shard", "merge", "candidate", "produce", "exchange"),
        *("report", "render", "diff", "explain", "model", "history"),
        *("nightly", "bisect", "accept"),
        *("lock", "models", "schemas", "ops", "trial", "steadiness"),
        *("tests", "lint", "screenshot", "docs"),
        "cell",
    ]
    assert sessions["cell"].__doc__ == COMMANDS["cell"].summary
    for name, session in sessions.items():
        summary = session.__doc__ or ""
        assert summary.endswith("."), name
        assert "\n" not in summary, name


def test_there_is_a_session_for_each_cell(sessions: Mapping[str, object]) -> None:
    (params,) = [getattr(session, "parametrize") for name, session in sessions.items() if name == "cell"]  # noqa: B009
    assert [param.id for param in params] == [cell.id for cell in load_releases().every_cell]


def test_its_header_lists_what_it_imports() -> None:
    header = NOXFILE.read_text(encoding="utf-8").split("# /// script\n")[1].split("# ///\n")[0]
    listed = tomllib.loads("".join(line.removeprefix("# ") for line in header.splitlines(keepends=True)))

    assert {Requirement(line).name for line in listed["dependencies"]} == {
        *("nox", "msgspec", "packaging", "filelock"),
        *("hypothesis", "numpy", "pytest"),  # by which a single cell collects the probes
    }
