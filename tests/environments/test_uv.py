from __future__ import annotations

import pytest

from conformance.environments import uv as uv_module
from conformance.environments.command import Finished
from conformance.environments.uv import explain, uv_environment
from tests.environments.fake_uv import FakeUv


def test_settings_that_would_change_what_a_lock_means_are_kept_from_uv() -> None:
    seen = uv_environment({"UV_NO_VERIFY_HASHES": "1", "UV_OVERRIDE": "x", "VIRTUAL_ENV": "/v", "UV_CACHE_DIR": "/c"})

    assert seen == {"UV_CACHE_DIR": "/c", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}


def test_an_empty_base_is_not_taken_for_our_own_environment(uv: FakeUv) -> None:
    uv_module.uv("cache", "dir", environment={})

    assert "PATH" not in uv.environments[0]


@pytest.mark.parametrize(
    ("printed", "stage", "reason"),
    [
        ("error: Hash mismatch for `numpy==1.0`", "lock", "another hash"),
        ("cause: No space\n         left on device (os error 28)", "install", "disk is full"),
        ("cause: Failed to fetch: `...`\n  cause: dns error", "install", "cannot be reached"),
        (
            "No solution found\nhint: Packages were unavailable because the network was disabled.",
            "install",
            "be reached",
        ),
        ("error: Failed to build `gast==0.2.2`", "install", "could not be built"),
        ("something never seen before", "install", "that is that"),
    ],
)
def test_a_failure_is_said_in_plain_words(printed: str, stage: str, reason: str) -> None:
    error = explain("install", Finished(2, "", printed), where="here", otherwise="that is that.")

    assert (error.unavailable.stage, error.unavailable.detail) == (stage, printed)
    assert reason in error.unavailable.reason


def test_of_a_long_output_the_end_is_kept() -> None:
    error = explain("install", Finished(2, "", "x" * 100_000 + "the cause"), where="here", otherwise="No.")

    assert error.unavailable.detail.endswith("the cause")
    assert len(error.unavailable.detail) <= 4000
