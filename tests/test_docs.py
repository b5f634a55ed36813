"""What the README and docs/ tell people to type can be typed, and where they point to exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.command_line.catalogue import COMMANDS, sessions
from conformance.command_line.parsing import parse
from conformance.commands.program import main
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
OTHER_SESSIONS = set(re.findall(r"^def (\w+)\(session: nox\.Session\)", NOXFILE, re.MULTILINE))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_the_commands_in_the_documentation_can_be_typed(page: Path) -> None:
    """In code blocks and in sentences; up to a comment, a table's next column or another command."""
    declared = {session.name: (session, command) for session, command in sessions()}
    typed = re.findall(r"\bnox -s (\"cell\(.*?\)\"|\w+)(?: -- ([^`\n]+))?", page.read_text(encoding="utf-8"))
    for session, words in typed:
        arguments = shlex.split(re.split(r" {2,}| && | \| | #", words)[0])
        if arguments == ["..."] or "--help" in arguments or "..." in session:
            continue
        if cell := re.fullmatch(r'"cell\((.*)\)"', session):
            assert load_releases().cell(cell[1])
            parse(COMMANDS["cell"], [cell[1], *arguments])
        elif session in declared and words:
            parse(declared[session][1], [*declared[session][0].arguments, *arguments])
        else:
            assert session in declared.keys() | OTHER_SESSIONS


def test_the_commands_in_code_blocks_need_nothing_on_path_but_python() -> None:
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    blocks = [part for line in lines if line.startswith("    ") for part in line.split("&&")]
    running = [part.split() for part in blocks if "nox -s" in part]
    assert running
    assert all(words[:4] == ["python", "-m", "nox", "-s"] for words in running)


def test_the_commands_that_need_no_environment_do_what_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are run by tests/real: the small matrix, a quick trial, a user's model, shards."""
    blocks = [
        line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("    ")
    ]
    found = [shlex.split(match[1]) for line in blocks if (match := re.search(r"nox -s ((?:explain|list) -- .*)", line))]
    assert {session for session, *_ in found} == {"explain", "list"}
    for session, _, *arguments in found:
        assert main([session, *arguments]) == ExitCode.AS_EXPECTED
        said = capsys.readouterr().out
        assert ("What to do:" if session == "explain" else "hub0.15") in said


def test_links_lead_to_files_that_exist() -> None:
    for page in PAGES:
        prose = re.sub(r"`[^`]*`", "", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_is_short_and_begins_with_the_picture() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 90
    assert lines[2].startswith("![")
    assert lines[2].endswith("(docs/report.png)")


def test_the_site_builds_without_a_warning_and_has_every_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert {path.stem for path in tmp_path.glob("*.html")} >= {page.stem for page in PAGES if page.name != "README.md"}
    for page in tmp_path.glob("*.html"):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!www\.mkdocs\.org)[^"]*\.(?:js|css)"', page.read_text())
