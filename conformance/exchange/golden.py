"""The golden archive: one model of each class with the manifests of all that made it, small enough to be committed.

It holds what releases wrote once, so that what they write now can be held against it, and what was written by a nightly
that can no longer be installed can still be used. The same store gives the same bytes.
"""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance import json_file
from conformance.errors import EvidenceError
from conformance.exchange.known_forms import forms_of
from conformance.exchange.store import MadeModel, ModelClass, Store
from conformance.fixtures import FIXTURES, tree_hash
from conformance.inspecting.files import ModelFileError
from conformance.inspecting.unpacking import unpack

ARCHIVE = FIXTURES.parent / "exchange" / "golden.tar.xz"
MOST = 6 * 1024**2  # bytes
_MANIFESTS = "manifests.json"
_SCHEMA = "golden/1"
_REMEDY = "Restore it from version control, or pack it anew: `nox -s produce -- --golden`."


class _Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    manifests: tuple[MadeModel, ...]


def pack(store: Store, classes: Iterable[ModelClass], manifests: Iterable[MadeModel]) -> bytes:
    """The archive of a store.

    Every manifest names the model that stands for its class, since only that one is kept.

    Raises:
        EvidenceError: it would be larger than it may be.
    """
    stands = {(one.role, one.form): one.hash for one in classes}
    kept = tuple(
        msgspec.structs.replace(one, hash=stands[one.role, one.form], files={}, expected=())
        for one in sorted(manifests, key=lambda one: (one.cell, one.role))
        if (one.role, one.form) in stands
    )
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, _MANIFESTS, json_file.encode(_Golden(_SCHEMA, kept)))
        for digest in sorted(set(stands.values())):
            home = store.path(digest)
            for path in sorted(home.rglob("*")):
                if path.is_file():
                    _add(tar, f"{home.name}/{path.relative_to(home).as_posix()}", path.read_bytes())
    packed = lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    if len(packed) > MOST:
        raise EvidenceError(
            f"would have {len(packed):,} bytes, and may have {MOST:,}.",
            where=str(ARCHIVE),
            remedy="Leave out roles or releases that show nothing of their own.",
        )
    return packed


def unpack_into(store: Store, archive: Path = ARCHIVE) -> tuple[MadeModel, ...]:
    """Puts the golden models into a store that lacks them, and gives their manifests.

    Raises:
        EvidenceError: the archive is damaged, or a model in it is not the one that its manifest speaks of.
    """
    with TemporaryDirectory(prefix="golden-") as scratch:
        tar, folder = Path(scratch, "golden.tar"), Path(scratch, "models")
        folder.mkdir()
        try:
            tar.write_bytes(lzma.decompress(archive.read_bytes()))
            unpack(tar, folder)
        except (OSError, lzma.LZMAError, ModelFileError) as error:
            raise EvidenceError(f"cannot be unpacked ({error}).", where=str(archive), remedy=_REMEDY) from error
        golden = json_file.read(folder / _MANIFESTS, _Golden, _SCHEMA, remedy=_REMEDY)
        for digest in {one.hash for one in golden.manifests}:
            source = folder / store.path(digest).name
            if tree_hash(source) != digest:
                raise EvidenceError(f"holds another model than {digest}.", where=str(archive), remedy=_REMEDY)
            store.add(source, digest)
    forms = forms_of(store, (one.hash for one in golden.manifests))  # of today: what counts as equal may have changed
    return tuple(msgspec.structs.replace(one, form=forms[one.hash]) for one in golden.manifests)


def all_manifests(store: Store, archive: Path = ARCHIVE) -> tuple[MadeModel, ...]:
    """Those of the store, and of the golden models that it has nothing in the place of."""
    golden = unpack_into(store, archive) if archive.is_file() else ()
    made = tuple(store.manifests())
    there = {(one.cell, one.role) for one in made}
    return (*made, *(one for one in golden if (one.cell, one.role) not in there))


def changed(golden: Iterable[MadeModel], made: Iterable[MadeModel]) -> tuple[str, ...]:
    """What producers make today in another form than when the archive was packed: "CELL: ROLE", each."""
    before = {(one.cell, one.role): one.form for one in golden}
    return tuple(f"{one.cell}: {one.role}" for one in made if before.get((one.cell, one.role), one.form) != one.form)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size = len(content)
    tar.addfile(about, io.BytesIO(content))
