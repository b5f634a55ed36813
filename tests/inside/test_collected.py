"""What the host learns of the probes: as the pytest of any Python collects them, with nothing run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conformance.inside.cell import COLLECTED_VARIABLE
from tests.inside import running

PROBES = """
@pytest.fixture
def everything(models):
    return models

@literal
@probe(("of.one", "of.another"), "implied", way="graph")
@pytest.mark.parametrize(("model", "units"), [("tf1-dense", 2)])
def test_models(tf, handle, units):
    raise AssertionError("it was run")

@literal
def test_fixtures(everything, examples):
    raise AssertionError("it was run")

@pytest.mark.parametrize("form", [pytest.param("load", marks=literal)])
def test_marked(form):
    raise AssertionError("it was run")
"""


def test_claims_models_and_fixtures_are_listed_and_nothing_is_run(tmp_path: Path) -> None:
    probes = running.write_probes(tmp_path, x=PROBES)
    command = [*running.command(probes, workers=False), "--collect-only", "-p", "conformance.inside.collected"]
    command = [word for word in command if word not in ("-v", "conformance.inside.plugin")]
    command.remove("-p")  # that of the plugin
    variables = dict(os.environ, **{COLLECTED_VARIABLE: str(tmp_path / "rows.json")})
    done = subprocess.run(command, cwd=str(running.ROOT), env=variables, stdout=subprocess.PIPE, timeout=60)

    assert done.returncode == 0, done.stdout.decode()
    models, fixtures, marked = json.loads((tmp_path / "rows.json").read_text())
    assert (models["probe"], models["words"], models["fixtures"]) == ("x.models[tf1-dense-2]", ["tf1-dense"], [])
    assert [tuple(claim.values()) for claim in models["claims"]] == [
        ("load.claim", "literal", ""),
        ("of.one", "implied", "graph"),
        ("of.another", "implied", "graph"),
    ]
    assert (fixtures["probe"], fixtures["fixtures"]) == ("x.fixtures", ["models", "examples"])
    assert (marked["probe"], marked["words"]) == ("x.marked[load]", ["load"])
    assert sys.version_info[:2] >= (3, 7)
