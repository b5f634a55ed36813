"""Which models are meant by what was typed, and what their reports are called."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.inspecting import locating
from conformance.inspecting.locating import found_models
from tests.inspecting.making import DENSE

HANDLE = "https://tfhub.dev/google/nnlm/2"


def names_in(typed: Path | str, **environ: str) -> list[str]:
    with found_models(str(typed), environ) as found:
        for one in found:
            assert (one.folder / "saved_model.pb").is_file()
        return [one.name for one in found]


def put(folder: Path) -> Path:
    shutil.copytree(DENSE, folder)
    return folder


def test_a_folder_and_the_file_in_it_are_the_same_model(tmp_path: Path) -> None:
    folder = put(tmp_path / "flowers")

    assert names_in(folder) == names_in(folder / "saved_model.pb") == ["flowers"]


@pytest.mark.parametrize("name", ["model", "saved_model", "my_model", "export", "3"])
def test_a_folder_that_many_models_lie_in_gets_the_name_of_the_one_above(name: str, tmp_path: Path) -> None:
    assert names_in(put(tmp_path / "flowers" / name)) == [f"flowers-{name}"]


def test_an_archive_is_called_after_its_file_and_removed_again(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "flowers.v2.tar.gz", "w:gz") as archive:
        archive.add(DENSE, "a folder")

    with found_models(str(tmp_path / "flowers.v2.tar.gz")) as [found]:
        assert found.name == "flowers.v2"
        assert found.folder.is_dir()
    assert not found.folder.exists()


def test_several_models_get_the_names_of_their_folders_and_no_name_twice(tmp_path: Path) -> None:
    for name in ("a/1", "a/2", "a b/1", "a-b/1"):
        put(tmp_path / name)
    put(tmp_path / "a/1/assets/inner")  # belongs to the model around it

    assert names_in(tmp_path) == ["a-1", "a-2", "a-b-1", "a-b-1-2"]


def test_a_handle_is_looked_for_in_the_cache_of_tensorflow_hub(tmp_path: Path) -> None:
    put(tmp_path / hashlib.sha1(HANDLE.encode(), usedforsecurity=False).hexdigest())

    assert names_in(HANDLE, TFHUB_CACHE_DIR=str(tmp_path)) == ["https-tfhub.dev-google-nnlm-2"]


def test_a_handle_that_is_not_there_is_not_downloaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not in the local cache") as refused:
        names_in(HANDLE, TFHUB_CACHE_DIR=str(tmp_path))

    assert (refused.value.where, str(tmp_path) in str(refused.value)) == (HANDLE, True)


def test_what_lies_too_deep_is_not_looked_for(tmp_path: Path) -> None:
    put(tmp_path / "1/2/3/4/5/6/7/model")

    with pytest.raises(UsageError, match="holds no SavedModel"):
        names_in(tmp_path)


def test_more_models_than_anybody_reads_of_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "_MOST_MODELS", 2)
    for name in "abc":
        put(tmp_path / name)

    with pytest.raises(UsageError, match="has more than 2 models"):
        names_in(tmp_path)


@pytest.mark.parametrize("typed", ["\0", "x" * 5000, "missing"])
def test_what_is_no_name_of_a_file_does_not_exist(typed: str) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        names_in(typed)
