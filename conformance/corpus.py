"""The corpus, as corpus.toml lists it: real models that ordinary packages ship."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec

from conformance.data_file import check_keys, load_toml, read_rows, require_known, require_unique
from conformance.errors import DataError

CORPUS_FILE = Path(__file__).with_name("corpus.toml")
SCHEMA = "corpus/1"


class CorpusModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that a package ships.

    Attributes:
        sha256: of the package's wheel.
        path: of the model's folder or archive in the wheel.
        licence: of the package, as SPDX names it.
        fixture: the golden model that is most like it, with which it is compared.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]*$")]
    package: str
    version: str
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    path: str
    licence: str
    fixture: str

    @property
    def requirement(self) -> str:
        """A line of a file of requirements."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}\n"


def load_corpus(fixtures: Iterable[str], path: Path = CORPUS_FILE) -> tuple[CorpusModel, ...]:
    """Reads corpus.toml; `fixtures` are the ids of the golden models."""
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"model"})
    models = read_rows(path, data, "model", CorpusModel)
    require_unique(path, "model", [model.id for model in models])
    known = set(fixtures)
    for model in models:
        require_known(path, f'[[model]] "{model.id}", key `fixture`', model.fixture, known)
        within = PurePosixPath(model.path)
        if within.is_absolute() or ".." in within.parts:
            raise DataError(
                f'is "{model.path}", which lies outside of the package.',
                where=f'{path}, [[model]] "{model.id}", key `path`',
                remedy="Write the path within the wheel.",
            )
    return models
