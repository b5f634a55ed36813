from __future__ import annotations

from pathlib import Path

from conformance.environments.catalogue import Releases
from conformance.environments.without_pins import errors_in, read_tries, try_without
from tests.environments.fake_uv import Defect, FakeUv

NUMPY = """
A module that was compiled using NumPy 1.x cannot be run in
NumPy 2.2.6 as it may crash.

Traceback (most recent call last):  File "/v/lib/python3.10/site-packages/tensorflow/__init__.py", line 37, in <module>
    import it
AttributeError: _ARRAY_API not found
ImportError: numpy.core.umath failed to import
Traceback (most recent call last):
  File "/v/lib/python3.10/site-packages/tensorflow/dtypes.py", line 29, in <module>
    f()
TypeError: Unable to convert! The signature was
\t() -> handle
"""


def test_each_error_that_python_printed_is_kept_once_with_who_raised_it() -> None:
    found = [(error.type, error.message.splitlines()[-1].strip(), error.origin) for error in errors_in(NUMPY + NUMPY)]
    assert found == [
        ("", "NumPy 2.2.6 as it may crash.", "numpy"),
        ("AttributeError", "_ARRAY_API not found", "tensorflow"),
        ("ImportError", "numpy.core.umath failed to import", "tensorflow"),
        ("TypeError", "() -> handle", "tensorflow"),
    ]


def test_everything_but_the_pin_is_installed(uv: FakeUv, releases: Releases, tmp_path: Path) -> None:
    uv.defect = Defect.IMPORT_TEST_FAILS
    environment = releases.environment("tf2.5-hub0.16")
    done = try_without("protobuf-below-3-21", environment, releases, tmp_path)
    assert "setuptools<81" in uv.input
    assert "protobuf" not in uv.input
    assert [error.type for error in done.errors] == ["TypeError"]


def test_every_committed_try_names_what_is_there(releases: Releases) -> None:
    for one in read_tries():
        assert one.pin in releases.environment(one.environment).release.pins
