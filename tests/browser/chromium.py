"""The system's Chromium: where it is, and how to get it where it is missing.

Playwright can bring browsers of its own, but from a server that a package index does not mirror; the system's package
manager works wherever this project can be built.
"""

from __future__ import annotations

import os
import shutil
import subprocess

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
HOW_TO_GET_IT = (
    "No Chromium was found, and none could be installed. Install it (Debian: `apt-get install chromium`; Fedora:"
    " `dnf install chromium`; macOS: `brew install --cask chromium`), or name one in CHROMIUM. Without it, leave these"
    " tests out: pytest -m 'not browser'."
)


class NoChromiumError(Exception):
    """There is no browser to test with."""


def find_chromium() -> str:
    """The path of a Chromium: what CHROMIUM names, one on PATH, or one that apt-get installs where it may.

    Raises:
        NoChromiumError: there is none; says how to get one.
    """
    named = os.environ.get("CHROMIUM", "")
    found = named or _on_path()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
            environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(command, check=False, env=environ, capture_output=True)
        found = _on_path()
    if not found:
        raise NoChromiumError(HOW_TO_GET_IT)
    return found


def _on_path() -> str:
    return next((path for program in PROGRAMS if (path := shutil.which(program))), "")
