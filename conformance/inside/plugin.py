"""The pytest plugin that runs the probes in an environment under test and records what they show.

Under pytest-xdist the probes run in a worker, so that a crash or a hang takes one probe with it and no more; the
controller writes the record. Without it, one process does both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.inside import recorder, watchdog
from conformance.inside.observer import Observer
from conformance.inside.probe_fixtures import OBSERVER, asked_for

pytest_plugins = ("conformance.inside.probe_fixtures",)


def pytest_configure(config: pytest.Config) -> None:
    """Reads what the host asks for, and takes up the work of this process."""
    cell = asked_for()
    workerinput = getattr(config, "workerinput", None)
    folder = None
    if workerinput is not None:
        folder = Path(workerinput[recorder.WATCH_FOLDER])
    else:
        config.pluginmanager.register(recorder.Recorder(cell), "conformance-recorder")
    config.pluginmanager.register(Observer(cell, watchdog.Watchdog(folder, cell.timeout)), OBSERVER)
