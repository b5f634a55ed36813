"""The guard itself: without it, a forgotten fake would download TensorFlow."""

import socket
import subprocess
import sys

import pytest

from tests.conftest import RefusedError, builder_in


@pytest.mark.parametrize(
    "command",
    [["uv", "pip", "sync"], ["/somewhere/bin/uv", "venv"], [sys.executable, "-m", "nox", "-l"], "nox -l", ["tox"]],
)
def test_no_builder_can_be_started(command):
    with pytest.raises(RefusedError, match="a unit test started a real"):
        subprocess.run(command, check=False)


def test_the_network_cannot_be_reached():
    with socket.socket() as reaching, pytest.raises(RefusedError, match="network"):
        reaching.connect(("192.0.2.1", 80))


def test_a_plain_program_can_be_started():
    assert not builder_in([sys.executable, "-c", "pass"])
    assert subprocess.run([sys.executable, "-c", "pass"], check=False).returncode == 0
