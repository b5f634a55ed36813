"""Starts other programs: the one place where this package does so, and the seam that its tests replace."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Finished(msgspec.Struct, frozen=True):
    """A program that has ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def run(arguments: tuple[str, ...], *, environment: Mapping[str, str], folder: Path | None = None) -> Finished:
    """Runs a program to its end, in `folder`; interrupting us ends it too.

    Raises:
        FileNotFoundError: there is no such program.
    """
    done = subprocess.run(
        arguments,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
