"""Installs the packages of the corpus by name and hash into a scratch folder, and gives their models to be tried."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from conformance.corpus import CORPUS_FILE, CorpusModel
from conformance.environments.uv import explain, uv
from conformance.errors import matching
from conformance.fixtures import FIXTURES
from conformance.inspecting.locating import FoundModel, found_models

# The wheel that is taken where a package has one for each platform: its models are the same in all.
_PLATFORM = ("--python-platform", "x86_64-manylinux2014", "--python-version", "3.11")


@contextmanager
def found_in_corpus(models: Sequence[CorpusModel], names: Iterable[str]) -> Iterator[tuple[FoundModel, ...]]:
    """The models of these names (globs, or all), then their fixtures, as long as the context lasts."""
    known = [model.id for model in models]
    wanted = matching(names, known, what="model of the corpus", where="--corpus") or set(known)
    chosen = [model for model in models if model.id in wanted]
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch, ExitStack() as open_archives:
        found = []
        for model in chosen:
            home = Path(scratch, model.sha256)
            if not home.exists():
                _install(model, home)
            [one] = open_archives.enter_context(found_models(str(home / model.path)))
            found.append(FoundModel(model.id, one.folder))
        fixtures = dict.fromkeys(model.fixture for model in chosen)
        yield (*found, *(FoundModel(name, FIXTURES / name / "model") for name in fixtures))


def _install(model: CorpusModel, home: Path) -> None:
    """Unpacks the wheel; nothing of it runs."""
    wanted = home.with_suffix(".txt")
    wanted.write_text(model.requirement, encoding="utf-8")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", *_PLATFORM)
    done = uv("pip", "install", "--target", home, *options, "--requirement", wanted)
    if done.code != 0:
        where = f'{CORPUS_FILE}, [[model]] "{model.id}"'
        raise explain("install", done, where=where, otherwise=f"{model.package} {model.version} cannot be installed.")
