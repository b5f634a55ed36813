from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.environments import interpreters
from conformance.environments.unavailable import UnavailableError
from tests.environments.fake_uv import Defect, FakeUv


def pyenv(root: Path, *versions: str) -> None:
    for version in versions:
        (root / "versions" / version / "bin").mkdir(parents=True)


def test_a_python_is_found_where_uv_finds_it(uv: FakeUv) -> None:
    assert interpreters.find("3.11").name == "python3.11"


def test_no_virtualenv_passes_for_an_interpreter_and_none_is_downloaded(uv: FakeUv) -> None:
    interpreters.find("3.11")

    assert "--system" in uv.calls[0]
    assert uv.environments[0]["UV_PYTHON_DOWNLOADS"] == "never"


def test_pyenv_versions_are_appended_to_path_newest_first(tmp_path: Path) -> None:
    pyenv(tmp_path, "3.7.16", "3.11.9", "3.11.10")

    found = interpreters.search_environment({"PATH": f"/a{os.pathsep}/b", "PYENV_ROOT": str(tmp_path)})

    folders = [tmp_path / "versions" / version / "bin" for version in ("3.11.10", "3.11.9", "3.7.16")]
    assert found["PATH"].split(os.pathsep) == ["/a", "/b", *map(str, folders)]


def test_what_is_on_path_already_keeps_its_place(tmp_path: Path) -> None:
    pyenv(tmp_path, "3.7.16")
    variables = {"PATH": f"{tmp_path}/versions/3.7.16/bin{os.pathsep}/b", "PYENV_ROOT": str(tmp_path)}

    assert interpreters.search_environment(variables)["PATH"] == variables["PATH"]


def test_other_pythons_and_virtualenvs_of_pyenv_are_left_out(tmp_path: Path) -> None:
    pyenv(tmp_path, "2.7.18", "pypy3.9-7.3.11", "my-project", "3.13.0t", "3.14-dev")

    assert interpreters.search_environment({"PATH": "/a", "PYENV_ROOT": str(tmp_path)})["PATH"] == "/a"


def test_pyenv_is_looked_for_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    pyenv(tmp_path / ".pyenv", "3.8.18")

    assert ".pyenv/versions/3.8.18/bin" in interpreters.search_environment({"PATH": "/a"})["PATH"]


@pytest.mark.parametrize(
    ("version", "how"),
    [("3.7", "pyenv install 3.7"), ("3.8", "uv python install 3.8"), ("3.11", "uv python install 3.11")],
)
def test_a_missing_python_is_named_with_how_to_get_it(uv: FakeUv, version: str, how: str) -> None:
    uv.defect = Defect.INTERPRETER_MISSING

    with pytest.raises(UnavailableError, match=f"no CPython {version} is installed") as raised:
        interpreters.find(version)

    unavailable = raised.value.unavailable
    assert unavailable.stage == "interpreter"
    assert how in unavailable.remedy
    assert "No interpreter found" in unavailable.detail


def test_a_missing_uv_is_named_with_how_to_get_it(uv: FakeUv) -> None:
    uv.defect = Defect.UV_MISSING

    with pytest.raises(UnavailableError, match="not installed") as raised:
        interpreters.find("3.11")

    assert "pip install uv" in raised.value.remedy


def test_the_exact_version_is_that_of_the_python_that_would_be_found(uv: FakeUv) -> None:
    assert interpreters.exact_version("3.11") == "3.11.9"

    interpreters.find("3.11")
    exact, found = uv.calls
    assert [word for word in exact if word != "--show-version"] == list(found)


def test_a_missing_python_has_no_exact_version(uv: FakeUv) -> None:
    uv.defect = Defect.INTERPRETER_MISSING

    with pytest.raises(UnavailableError, match=r"no CPython 3\.7 is installed"):
        interpreters.exact_version("3.7")
