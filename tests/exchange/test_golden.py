"""The golden archive keeps one model of each class, is the same for the same store, and is refused if damaged."""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

import msgspec
import pytest

from conformance.errors import EvidenceError
from conformance.exchange import golden, known_forms
from conformance.exchange.canonical import canonical_hash
from conformance.exchange.golden import all_manifests, changed, pack, unpack_into
from conformance.exchange.store import MadeModel, Store, classes_of
from conformance.fixtures import FIXTURES, tree_hash
from conformance.inside.exchange.roles import ROLES
from tests.exchange.test_result import NEW, OLD, manifest


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Store, list[MadeModel]]:
    """A store in which two releases made a dense model alike but for a file that does not count."""
    store, manifests = Store(tmp_path / "store"), []
    for cell in (OLD, NEW):
        model = tmp_path / "model"
        shutil.copytree(FIXTURES / "tf2-dense" / "model", model)
        (model / "fingerprint.pb").write_text(cell)
        digest = tree_hash(model)
        manifests.append(manifest(cell, canonical_hash(model), digest))
        store.add(model, digest)
        shutil.rmtree(model, ignore_errors=True)
    return store, manifests


def archive_of(filled: tuple[Store, list[MadeModel]]) -> bytes:
    store, manifests = filled
    return pack(store, classes_of(manifests, [OLD, NEW]), manifests)


def test_one_model_of_each_class_is_kept(filled: tuple[Store, list[MadeModel]], tmp_path: Path) -> None:
    archive = tmp_path / "golden.tar.xz"
    archive.write_bytes(archive_of(filled))
    assert archive_of(filled) == archive.read_bytes()
    other = Store(tmp_path / "other")
    found = unpack_into(other, archive)
    assert [one.cell for one in found] == [NEW, OLD]
    assert len({one.hash for one in found}) == 1
    assert len([one for one in other.folder.iterdir() if one.is_dir()]) == 1
    assert [one.producers for one in classes_of(all_manifests(other, archive), [OLD, NEW])] == [(OLD, NEW)]


def test_a_form_is_that_of_today_whatever_it_was_when_the_archive_was_packed(
    filled: tuple[Store, list[MadeModel]], tmp_path: Path
) -> None:
    store, manifests = filled
    archive, today = tmp_path / "golden.tar.xz", manifests[0].form
    before = [msgspec.structs.replace(one, form="form:of-another-schema") for one in manifests]
    archive.write_bytes(archive_of((store, before)))
    assert {one.form for one in unpack_into(Store(tmp_path / "other"), archive)} == {today}


def test_what_is_made_otherwise_today_is_said(filled: tuple[Store, list[MadeModel]]) -> None:
    _, manifests = filled
    assert changed(manifests, manifests) == ()
    today = [msgspec.structs.replace(manifests[0], form="form:other"), manifest(NEW, "form:x", role="tf2-text")]
    assert changed(manifests, today) == (f"{OLD}: tf2-dense",)


def test_a_damaged_archive_is_refused(filled: tuple[Store, list[MadeModel]], tmp_path: Path) -> None:
    archive = tmp_path / "golden.tar.xz"
    raw = lzma.decompress(archive_of(filled))
    for content in (
        b"no archive",
        lzma.compress(raw[:2000]),
        lzma.compress(raw.replace(b"saved_model_", b"saved-model-")),
    ):
        archive.write_bytes(content)
        with pytest.raises(EvidenceError):
            unpack_into(Store(tmp_path / "other"), archive)


def test_it_may_not_grow_without_bounds(filled: tuple[Store, list[MadeModel]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "MOST", 100)
    with pytest.raises(EvidenceError, match="may have 100"):
        archive_of(filled)


def test_the_committed_archive_holds_what_its_manifests_say(tmp_path: Path) -> None:
    assert golden.ARCHIVE.stat().st_size < golden.MOST
    store = Store(tmp_path)
    found = unpack_into(store)  # which compares every model with its hashes
    assert len({one.hash for one in found}) == len([one for one in tmp_path.iterdir() if one.is_dir()])
    assert {one.role for one in found} <= set(ROLES)


def test_forms_are_found_once_until_the_code_that_finds_them_changes(
    filled: tuple[Store, list[MadeModel]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, manifests = filled
    digests = {one.hash: one.form for one in manifests}
    asked: list[str] = []

    def count(folder: Path) -> str:
        asked.append(folder.name)
        return canonical_hash(folder)

    monkeypatch.setattr(known_forms, "canonical_hash", count)
    assert known_forms.forms_of(store, digests) == digests
    assert known_forms.forms_of(store, digests) == digests
    assert len(asked) == len(digests)
    monkeypatch.setattr(known_forms, "_digest_of_the_code", lambda: "of another day")
    assert known_forms.forms_of(store, digests) == digests
    assert len(asked) == 2 * len(digests)
