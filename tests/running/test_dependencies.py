"""What pytest's collection says of the probes, and when it is asked again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.environments.catalogue import Releases
from conformance.errors import DataError
from conformance.fixtures import load_models
from conformance.results import Results
from conformance.running.dependencies import module_of, probe_modules
from conformance.running.places import ROOT

CONFTEST = "import pytest\n\n@pytest.fixture\ndef everything(models):\n    return models\n"
PROBE = """
import pytest
from conformance.inside.probe import probe

CLAIM = "a." + "claim"

@probe(CLAIM, "literal", way="graph")
@probe("another.claim", "implied")
@pytest.mark.parametrize(("model", "units"), [("tf1-dense", 2)])
def test_it(tf, hub, handle, units):
    pass

@probe(CLAIM, "implied")
def test_more(everything, examples):
    pass

FORMS = [pytest.param(form, marks=probe(("of." + form, "for.both"), "implied")) for form in ("load", "layer")]

@pytest.mark.parametrize("form", FORMS)
def test_forms(tf, form):
    pass
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("conformance/__init__.py", "conformance/words.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    without = shutil.ignore_patterns("*.pyc", "probes", "models")
    shutil.copytree(ROOT / "conformance" / "inside", tmp_path / "conformance" / "inside", ignore=without)
    probes = tmp_path / "conformance" / "inside" / "probes"
    probes.mkdir()
    (probes / "__init__.py").write_text("")
    (probes / "conftest.py").write_text(CONFTEST)
    (probes / "test_x.py").write_text(PROBE)
    return tmp_path


def test_claims_models_and_fixtures_are_those_that_pytest_collects(root: Path) -> None:
    (module,) = probe_modules(root)
    it, more, load, layer = module.probes
    assert (module.name, it.probe, more.probe) == ("x", "x.it[tf1-dense-2]", "x.more")
    assert [tuple(claim.values()) for claim in it.claims] == [
        ("a.claim", "literal", "graph"),
        ("another.claim", "implied", ""),
    ]
    assert [[claim["id"] for claim in probe.claims] for probe in (load, layer)] == [
        ["of.load", "for.both"],
        ["of.layer", "for.both"],
    ]
    assert (it.words, it.fixtures) == (("tf1-dense",), ())
    assert more.fixtures == ("models", "examples")
    assert module.models_among(["tf1-dense", "tf2-dense"]) == {"tf1-dense", "tf2-dense"}
    assert "conformance/inside/plugin.py" in module.sources


def test_it_is_asked_again_only_after_an_edit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = probe_modules(root)
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("collected again"))
    assert probe_modules(root) == first

    monkeypatch.setattr(subprocess, "run", real)
    (root / "conformance/inside/probes/test_x.py").write_text(PROBE.replace("another.claim", "a.third"))
    assert "a.third" in probe_modules(root)[0].claims


def test_a_damaged_answer_is_asked_for_again(root: Path) -> None:
    first = probe_modules(root)
    (root / ".nox" / "collected-probes.json").write_text("{")
    assert probe_modules(root) == first


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def (:\n", "SyntaxError"),
        ("def test_it(): pass\n", "has no @probe"),
        ("import pytest\n@pytest.mark.parametrize('x', [1])\ndef test_it(x): pass\n", "has no @probe"),
        ("from conformance.inside import no_such_thing\n", "no_such_thing"),
    ],
)
def test_probes_that_cannot_be_collected_are_refused_before_anything_is_run(
    text: str, complaint: str, root: Path
) -> None:
    path = root / "conformance/inside/probes/test_broken.py"
    path.write_text(text)
    with pytest.raises(DataError, match=complaint) as refused:
        probe_modules(root)
    assert "test_broken.py" in str(refused.value)


def test_every_model_that_a_probe_was_seen_to_try_is_one_that_its_module_depends_on(
    releases: Releases, full_matrix: Results
) -> None:
    models = [model.id for model in load_models(releases)]
    depends_on = {module.name: module.models_among(models) for module in probe_modules()}
    for module, model in {(module_of(row.probe), row.fixture) for row in full_matrix.observations if row.fixture}:
        assert model in depends_on[module], (module, model)
