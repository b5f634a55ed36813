"""Ends a probe that hangs, and tells the survivor what a dead process was doing and what it said last.

The process that runs the probes (the worker) keeps two files: what it is doing, and whatever it and the libraries in it
write to stdout and stderr, the stacks of a crash or a time-out among it. The process that writes the record reads them
when the worker is gone.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any, NamedTuple, Sequence

from conformance.inside import lines, origin, text
from conformance.words import Outcome

COLLECTION, SETUP, IMPORT, CALL, TEARDOWN, IDLE = "collection", "setup", "import", "call", "teardown", "idle"

_DOING = "doing.json"
_ITEMS = "items.json"
_LAST_WORDS = "last-words.txt"
# What faulthandler writes before the stacks, not always on a line of its own: time is up; a signal kills the process.
_TIMED_OUT = re.compile(r"Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!$", re.MULTILINE)
_FATAL = re.compile(r"Fatal Python error: ")
_LONGEST_WORDS = 64 * 1024
_LONGEST_STACK = 8000
_LONGEST_OUTPUT = 1500


class Watchdog:
    """What the worker says about itself while it runs; without a folder (no worker), it only ends what hangs."""

    def __init__(self, folder: Path | None, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._nodeid = ""
        self._began = time.time()
        self._stacks_to = 2
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _send_output_to(folder / _LAST_WORDS)
        faulthandler.enable(file=self._stacks_to)
        self._say(COLLECTION)

    def knows(self, items: dict[str, dict[str, Any]]) -> None:
        """Leaves a description of every probe (by node id) to whoever has to write the observation of a dead one."""
        self._leave(_ITEMS, items)
        self._say(IDLE)

    def begin(self, nodeid: str) -> None:
        """A probe begins."""
        self._nodeid = nodeid
        self.enter(SETUP, anew=True)

    def enter(self, phase: str, anew: bool = False) -> None:
        """The probe goes on to `phase`; `anew`: its time starts to run, and what was printed before is forgotten."""
        if anew:
            self._began = time.time()
            if self._folder is not None:
                os.truncate(str(self._folder / _LAST_WORDS), 0)
            faulthandler.dump_traceback_later(self._timeout, exit=True, file=self._stacks_to)
        self._say(phase)

    def end(self) -> None:
        """The probe has ended."""
        faulthandler.cancel_dump_traceback_later()
        self._say(IDLE)

    def _say(self, phase: str) -> None:
        self._leave(_DOING, {"nodeid": self._nodeid, "phase": phase, "began": self._began})

    def _leave(self, name: str, content: dict[str, Any]) -> None:
        if self._folder is not None:
            (self._folder / name).write_text(json.dumps(content), encoding="utf-8")


class Death(NamedTuple):
    """How a worker ended, and during what.

    Attributes:
        nodeid: the probe that it was running, or had run last.
        about: the description of every probe, by node id.
        seconds: from the beginning of that probe on.
        how: the signal ("SIGSEGV") or exit code ("exit code 3").
        output: the end of what it printed before that.
        frames: where it was, as far as it could still say.
    """

    nodeid: str
    phase: str
    about: dict[str, dict[str, Any]]
    seconds: float
    timed_out: bool
    how: str
    output: str
    frames: Sequence[origin.Frame]

    @property
    def outcome(self) -> Outcome:
        """The outcome of the probe that it was running."""
        return Outcome.TIMED_OUT if self.timed_out else Outcome.CRASHED

    @property
    def sentence(self) -> str:
        """What happened."""
        if self.timed_out:
            return "was still running after {:.0f} s ({})".format(self.seconds, self.phase)
        return "the process died of {} ({})".format(self.how, self.phase)

    @property
    def detail(self) -> str:
        """What it printed, and where it was."""
        return "\n".join(part for part in (self.output, origin.show(self.frames)) if part)

    @property
    def error(self) -> dict[str, str]:
        """The death as the error of an observation."""
        message = self.sentence + ("\n" + self.output if self.output else "")
        return lines.error(
            type_="Timeout" if self.timed_out else self.how,
            message=message,
            origin=origin.innermost_package(self.frames),
            traceback=text.shorten(origin.show(self.frames), _LONGEST_STACK),
        )


def read_death(folder: Path, exit_code: int | None) -> Death:
    """Finds out how the worker that used `folder` ended; `exit_code` is None where it cannot be had."""
    doing = _read_json(folder / _DOING)
    words = _end_of(folder / _LAST_WORDS)
    cut = _TIMED_OUT.search(words) or _FATAL.search(words)
    output, stack = (words[: cut.start()], words[cut.start() :]) if cut else (words, "")
    return Death(
        nodeid=doing.get("nodeid", ""),
        phase=doing.get("phase", COLLECTION),
        about=_read_json(folder / _ITEMS),
        seconds=max(0.0, time.time() - doing.get("began", time.time())),
        timed_out=cut is not None and cut.re is _TIMED_OUT,
        how=_how(exit_code),
        output=text.ending(output.strip(), _LONGEST_OUTPUT),
        frames=origin.frames_of_dump(stack),
    )


def _how(exit_code: int | None) -> str:
    if exit_code is None:
        return "an unknown cause"
    if exit_code >= 0:
        return "exit code {}".format(exit_code)
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return "signal {}".format(-exit_code)


def _send_output_to(path: Path) -> None:
    """Sends everything that this process prints, from Python or from C++, to the end of `path`."""
    file = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it died before, or while, it wrote that
        return {}
    return content if isinstance(content, dict) else {}


def _end_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    return text.clean(data[-_LONGEST_WORDS:].decode("utf-8", errors="replace"))
