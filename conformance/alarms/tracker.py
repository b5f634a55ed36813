"""Carries out what is to be done about issues, with GitHub's own command line program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance.alarms.issues import LABEL, Act, Existing, IssueStep
from conformance.environments import command
from conformance.errors import HarnessError

_MOST = 1000  # open issues of ours that are looked at


def open_issues() -> tuple[Existing, ...]:
    """The open issues that bear our label."""
    listed = _gh("issue", "list", "--label", LABEL, "--state", "open", "--limit", f"{_MOST}", "--json", _FIELDS)
    try:
        return tuple(msgspec.json.decode(listed, type=list[Existing]))
    except msgspec.DecodeError as error:
        raise _failed("issue list", f"what it printed is not a list of issues ({error})") from error


def apply(steps: Iterable[IssueStep], say: Callable[[str], None]) -> None:
    """Does what the steps say, one after the other, and says so."""
    for step in steps:
        if step.act is Act.OPEN:
            # Where it exists already, it is as we want it.
            _gh("label", "create", LABEL, "--force", "--description", "Found by the conformance harness")
            url = _with_body(step.text, "issue", "create", "--title", step.title, "--label", LABEL)
            say(f"opened: {step.title}: {url.strip()}")
        elif step.act is Act.UPDATE:
            _with_body(step.text, "issue", "edit", str(step.number))
            say(f"updated: #{step.number} {step.title}")
        elif step.act is Act.CLOSE:
            _gh("issue", "close", str(step.number), "--comment", step.text)
            say(f"closed: #{step.number} {step.title}")
        else:
            number = f"#{step.number} " if step.number else ""
            say(f"left: {number}{step.title}: {step.text}")


_FIELDS = "number,title,body"


def _with_body(body: str, *arguments: str) -> str:
    """Runs gh with a body that may be longer than a command line can be."""
    with TemporaryDirectory(prefix="conformance-") as folder:
        path = Path(folder) / "body.md"
        path.write_text(body, encoding="utf-8")
        return _gh(*arguments, "--body-file", str(path))


def _gh(*arguments: str) -> str:
    what = " ".join(arguments[:2])
    try:
        done = command.run(("gh", *arguments), environment=os.environ)
    except FileNotFoundError as error:
        raise _failed(what, "there is no program gh") from error
    if done.code != 0:
        raise _failed(what, f"gh ended with exit code {done.code}: {' '.join(done.err.split())[-500:]}")
    return done.out


def _failed(what: str, why: str) -> HarnessError:
    return HarnessError(
        f"{why}.",
        where=f"gh {what}",
        remedy="Install gh, set GH_TOKEN (with the right to write issues) and GH_REPO, then run the command again: it"
        " takes up where it stopped.",
    )
