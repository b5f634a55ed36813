"""The golden fixture models under fixtures/models: what they are, that nobody touched them, and how to remake them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance import json_file
from conformance.data_file import check_keys, load_toml, read_rows, require_known, require_unique
from conformance.environments import command, virtualenv
from conformance.environments.catalogue import Releases
from conformance.errors import EvidenceError, matching
from conformance.grouping import grouped

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "models"
SCHEMA = "models/1"


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One golden fixture model, as models.toml describes it.

    Attributes:
        producer: id of the environment that makes it.
        recipe: file and function that define it.
        about: what it is there for.
    """

    id: str
    producer: str
    recipe: str
    about: str


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What fixture.json says of a model that has been made.

    Attributes:
        producer: package -> version, and "python".
        hash: of the names and contents of all its files, as "sha256:<hex>".
        made: the day, ISO 8601.
    """

    model: str
    environment: str
    recipe: str
    producer: dict[str, str]
    hash: str
    made: str


def load_models(releases: Releases, folder: Path = FIXTURES) -> tuple[Model, ...]:
    """Reads models.toml."""
    path = folder / "models.toml"
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"model"})
    models = read_rows(path, data, "model", Model)
    require_unique(path, "model", [model.id for model in models])
    environments = {environment.id for environment in releases.environments}
    for model in models:
        require_known(path, f'[[model]] "{model.id}", key `producer`', model.producer, environments)
    return models


def verify_fixtures(models: Sequence[Model], folder: Path = FIXTURES) -> None:
    """Checks that every golden model is there and is, to the byte, what its fixture.json was written for."""
    for model in models:
        made = read_made(model, folder)
        found = tree_hash(folder / model.id / "model")
        if found != made.hash:
            raise EvidenceError(
                f"the model's files are not the ones it was recorded with (their hash is {found}, not {made.hash}).",
                where=str(folder / model.id),
                remedy="Restore the folder from version control, or remake the model with "
                f"`nox -s models -- {model.id}`; nothing was run.",
            )


def read_made(model: Model, folder: Path = FIXTURES) -> Made:
    """Reads a model's fixture.json."""
    path = folder / model.id / "fixture.json"
    remedy = f"Restore it from version control, or remake the model with `nox -s models -- {model.id}`."
    made = json_file.read(path, Made, json_file.UNVERSIONED, remedy=remedy)
    if made.model != model.id:
        raise EvidenceError(f'speaks of the model "{made.model}".', where=str(path), remedy=remedy)
    return made


def tree_hash(folder: Path) -> str:
    """The hash of all files below `folder`: their relative paths and contents, in the order of the paths."""
    return hash_of(folder, (path for path in folder.rglob("*") if path.is_file()))


def hash_of(root: Path, files: Iterable[Path]) -> str:
    """The hash of files: their paths relative to `root` and their contents, in the order of the paths."""
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path.relative_to(root).as_posix().encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def choose(models: Sequence[Model], names: Sequence[str]) -> tuple[Model, ...]:
    """The models that match these names; all if there are none."""
    chosen = matching(names, [model.id for model in models], what="fixture model", where="command line")
    return tuple(model for model in models if not names or model.id in chosen)


def remake(
    models: Sequence[Model],
    releases: Releases,
    *,
    virtualenvs: Path,
    folder: Path = FIXTURES,
    say: Callable[[str], None] = print,
) -> None:
    """Makes the models again, each in its producer's environment; none is replaced before all of its producer are made.

    Args:
        virtualenvs: the folder of the cells' virtualenvs.

    Raises:
        UnavailableError: a producer's environment cannot be built here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for producer, same in grouped((model.producer, model) for model in models).items():
        environment = releases.environment(producer)
        cell = next(cell for cell in releases.cells if cell.environment == environment)
        python = virtualenv.build(cell, root=virtualenvs)
        with TemporaryDirectory(prefix=".new-", dir=folder) as temporary:
            fresh = {model: Path(temporary) / model.id for model in same}
            versions = _produce(fresh, python)
            for model, path in fresh.items():
                made = _replace(model, path, versions, folder / model.id)
                say(f"{model.id}: made by {producer}, {made.hash[:19]}")


def _replace(model: Model, fresh: Path, producer: dict[str, str], home: Path) -> Made:
    """Puts a model that has just been made where the old one is."""
    home.mkdir(exist_ok=True)
    shutil.rmtree(home / "model", ignore_errors=True)
    fresh.rename(home / "model")
    made = Made(
        model=model.id,
        environment=model.producer,
        recipe=model.recipe,
        producer=producer,
        hash=tree_hash(home / "model"),
        made=datetime.now(UTC).date().isoformat(),
    )
    (home / "fixture.json").write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    return made


def _produce(models: Mapping[Model, Path], python: Path) -> dict[str, str]:
    """Runs the recipes of one producer in its environment; gives the producer's versions."""
    root = Path(__file__).resolve().parents[1]
    named = [word for model, path in models.items() for word in (model.id, str(path))]
    done = command.run(
        (str(python), "-m", "conformance.inside.models.make", *named),
        environment={**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if done.code != 0:
        first = next(iter(models))
        raise EvidenceError(
            f"a recipe failed in {first.producer}:\n{done.err[-2000:]}",
            where=str(FIXTURES / "models.toml"),
            remedy="Fix the recipe; none of the models of this producer was replaced.",
        )
    return msgspec.json.decode(done.out.strip().splitlines()[-1], type=dict[str, str])
