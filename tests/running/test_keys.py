"""What changes which key: each ingredient exactly its own, and nothing else any."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell, Releases
from conformance.fixtures import FIXTURES, load_models
from conformance.judging.narrowing import Narrowing
from conformance.running import probing
from conformance.running.keys import Built, Keys
from conformance.running.places import ROOT
from conformance.words import Format

BUILT = Built("packages", "3.11.7")
INSIDE = "conformance/inside"
PROBES = f"{INSIDE}/probes"

# A checkout with few probes. Claims and models are computed on purpose: the key goes by what pytest collects.
MODULES = {
    "__init__": "",
    "conftest": "",
    "claims_of": 'def claim(column, form):\n    return "tf2-savedmodel.load.{}.{}".format(column, form)\n',
    "recipe": "UNITS = 3\n",
    "test_load": """
import pytest
from conformance.inside.probe import probe
from conformance.inside.probes.claims_of import claim

@probe(claim("tf2", "hub-load"), "literal")
@pytest.mark.parametrize("model", ["tf2-" + "slots"])
def test_hub_load(tf, hub, handle):
    from conformance.inside.probes import recipe
""",
    "test_layer": """
from conformance.inside.probe import probe
from conformance.inside.probes import claims_of

@probe(claims_of.claim("tf2", "keras-layer"), "literal")
def test_layer(tf, hub):
    pass
""",
    "test_any": """
import pytest
from conformance.inside.probe import probe

@pytest.fixture
def folders(models):
    return models

@probe("tf2-savedmodel.load.tf2.hub-load", "implied")
def test_any_model(tf, hub, folders):
    pass
""",
    "test_generated": """
from conformance.inside.probe import probe

@probe("tf2-savedmodel.create.tf2.module", "implied")
def test_examples(tf, hub, examples):
    pass
""",
}
Changed = Callable[[Callable[["World"], None]], set[str]]


class World(msgspec.Struct):
    """A checkout of our own, of which anything may be changed."""

    root: Path
    claims: Catalogue
    releases: Releases
    cell: Cell
    built: Built = BUILT
    narrowing: Narrowing = Narrowing()
    examples: int = 4

    def keys(self) -> dict[str, str]:
        made = Keys(self.root, self.claims, load_models(self.releases), self.root / "fixtures" / "models")
        return made.of(self.cell, self.built, self.narrowing, self.examples)

    def edit(self, name: str, more: str = "\n# a comment\n") -> None:
        path = self.root / name
        path.write_text((path.read_text() if path.exists() else "") + more)

    def claim(self, claim_id: str, **changes: object) -> None:
        self.claims = msgspec.structs.replace(
            self.claims,
            claims=tuple(
                msgspec.structs.replace(claim, **changes) if claim.id == claim_id else claim
                for claim in self.claims.claims
            ),
        )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What of the checkout could take part, and some that must not."""
    root = tmp_path_factory.mktemp("original")
    for name in ("inside", "reporting/html.py", "judging/judge.py", "__init__.py", "words.py"):
        copy(ROOT / "conformance" / name, root / "conformance" / name)
    shutil.rmtree(root / PROBES)
    (root / PROBES).mkdir()
    for module, text in MODULES.items():
        (root / PROBES / f"{module}.py").write_text(text)
    for path in (FIXTURES / "models.toml", *FIXTURES.glob("*/fixture.json")):
        copy(path, root / "fixtures" / "models" / path.relative_to(FIXTURES))
    return root


def copy(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to, ignore=shutil.ignore_patterns("*.pyc"))
    else:
        shutil.copy(path, to)
    return to


@pytest.fixture(scope="module")
def before(original: Path, claims: Catalogue, releases: Releases) -> dict[str, str]:
    return World(original, claims, releases, releases.cell("tf2.15-hub0.16-tf2")).keys()


@pytest.fixture
def world(tmp_path: Path, original: Path, claims: Catalogue, releases: Releases, cell: Cell) -> World:
    return World(copy(original, tmp_path / "checkout"), claims, releases, cell)


@pytest.fixture
def changed(world: World, before: dict[str, str]) -> Changed:
    """Gives the modules whose key a change changes."""

    def changed(change: Callable[[World], None]) -> set[str]:
        change(world)
        after = world.keys()
        return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    return changed


def remade_model(world: World) -> None:
    path = world.root / "fixtures" / "models" / "tf2-slots" / "fixture.json"
    made = json.loads(path.read_text())
    path.write_text(json.dumps(made | {"hash": "sha256:another"}))


def remade_at_another_time(world: World) -> None:
    path = world.root / "fixtures" / "models" / "tf2-slots" / "fixture.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"made": "1999-01-01"}))


def one_probe_is_new(world: World) -> None:
    world.edit(f"{PROBES}/test_new.py", MODULES["test_layer"])


NOTHING: dict[str, Callable[[World], None]] = {
    "a comment in reporting": lambda world: world.edit("conformance/reporting/html.py"),
    "a comment in judging": lambda world: world.edit("conformance/judging/judge.py"),
    "the words of a claim": lambda world: world.claim(
        "tf2-savedmodel.load.tf2.hub-load", statement="Other words.", call="x()", condition="", reference=""
    ),
    "what makes golden models": lambda world: world.edit(f"{INSIDE}/models/make.py"),
    "when a model was made": remade_at_another_time,
    "another checkout": lambda world: None,
}


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_what_cannot_change_an_outcome_changes_no_key(change: Callable[[World], None], changed: Changed) -> None:
    assert changed(change) == set()


ONE: dict[str, tuple[Callable[[World], None], set[str]]] = {
    "a probe's module": (lambda world: world.edit(f"{PROBES}/test_layer.py"), {"layer"}),
    "a helper that two modules import": (lambda world: world.edit(f"{PROBES}/claims_of.py"), {"layer", "load"}),
    "a helper that a probe imports while it runs": (lambda world: world.edit(f"{PROBES}/recipe.py"), {"load"}),
    "a golden model": (remade_model, {"any", "load"}),
    "the number of generated models": (lambda world: setattr(world, "examples", 100), {"generated"}),
    "a new module": (one_probe_is_new, {"new"}),
    "a claim that applies no longer": (
        lambda world: world.claim("tf2-savedmodel.load.tf2.hub-load", modes=()),
        {"any", "load"},
    ),
}


@pytest.mark.parametrize(("change", "expected"), ONE.values(), ids=ONE)
def test_what_takes_part_in_some_modules_changes_their_keys_only(
    change: Callable[[World], None], expected: set[str], changed: Changed
) -> None:
    assert changed(change) == expected


ALL: dict[str, Callable[[World], None]] = {
    "a package": lambda world: setattr(world, "built", Built("other packages", "3.11.7")),
    "a patch of Python": lambda world: setattr(world, "built", Built("packages", "3.11.8")),
    "the plugin": lambda world: world.edit(f"{INSIDE}/plugin.py"),
    "the watchdog, which the plugin imports": lambda world: world.edit(f"{INSIDE}/watchdog.py"),
    "pytest's settings": lambda world: world.edit(f"{INSIDE}/pytest.ini"),
    "what the probes share": lambda world: world.edit(f"{PROBES}/conftest.py"),
    "the vocabulary": lambda world: world.edit("conformance/words.py"),
    "the Keras": lambda world: setattr(world, "cell", world.releases.cell("tf2.16-hub0.16-tf2-legacy")),
    "the probes that are asked for": lambda world: setattr(world, "narrowing", Narrowing(probes=("*",))),
}


@pytest.mark.parametrize("change", ALL.values(), ids=ALL)
def test_what_always_takes_part_changes_every_key(
    change: Callable[[World], None], changed: Changed, before: dict[str, str]
) -> None:
    assert changed(change) >= before.keys()


def test_how_the_probes_are_started_changes_every_key(
    changed: Changed, before: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "variables", lambda *arguments: {"TF_NUM_INTRAOP_THREADS": "2"})
    assert changed(lambda world: None) == before.keys()


def test_a_module_without_anything_to_try_in_the_cell_has_no_key(world: World) -> None:
    world.narrowing = Narrowing(formats=(Format.TF1_HUB,))  # a control of one of these claims is in that module
    assert set(world.keys()) == {"generated"}
