from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments.catalogue import Releases
from conformance.environments.unpinned import newest_python, observe_unpinned
from tests.environments.fake_uv import Defect, FakeUv


def test_the_newest_python_is_taken_by_number(releases: Releases) -> None:
    assert newest_python(releases) == max(
        (release.python for release in releases.releases), key=lambda text: int(text[2:])
    )


def test_nothing_is_pinned_and_nothing_is_overridden(uv: FakeUv, tmp_path: Path) -> None:
    observe_unpinned("3.13", tmp_path, as_of="2026-10-20")

    assert uv.input == "tensorflow\ntensorflow_hub\n"
    assert uv.overrides == ""
    asked = next(call for call in uv.calls if call[:2] == ("pip", "compile"))
    assert "--prerelease" not in asked
    assert asked[asked.index("--exclude-newer") + 1] == "2026-10-20T23:59:59Z"


def test_what_it_brings_is_installed_and_imported_without_the_test_tools(uv: FakeUv, tmp_path: Path) -> None:
    uv.versions["tensorflow"] = "2.21.0"

    plain = observe_unpinned("3.13", tmp_path)

    assert plain.imports
    assert plain.packages == {"tensorflow": "2.21.0", "tensorflow-hub": "1.0"}
    assert plain.versions["tensorflow"] == "1.0"  # as the import test of the fake says
    assert (plain.error, plain.unobserved) == ("", "")
    assert next(call for call in uv.calls if call[0] == "-I")[2:] == ()


def test_an_import_that_fails_is_an_observation(uv: FakeUv, tmp_path: Path) -> None:
    uv.defect = Defect.IMPORT_TEST_FAILS

    plain = observe_unpinned("3.13", tmp_path)

    assert not plain.imports
    assert plain.error == "TypeError: Descriptors cannot be created directly."
    assert plain.packages
    assert plain.unobserved == ""


@pytest.mark.parametrize(
    ("defect", "why", "resolved"),
    [
        (Defect.INDEX_UNREACHABLE, "cannot be reached", False),
        (Defect.INTERPRETER_MISSING, "no CPython 3.13", False),
        (Defect.DISK_FULL, "the disk is full", True),
    ],
)
def test_what_the_machine_lacks_is_no_observation(
    uv: FakeUv, tmp_path: Path, defect: Defect, why: str, resolved: bool
) -> None:
    uv.defect = defect

    plain = observe_unpinned("3.13", tmp_path)

    assert why in plain.unobserved
    assert (plain.imports, plain.error, bool(plain.packages)) == (False, "", resolved)
