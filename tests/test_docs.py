"""What the README and docs/ tell people to type can be typed, and where they point to exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.command_line.catalogue import COMMANDS, sessions
from conformance.command_line.parsing import parse
from conformance.environments.catalogue import load_releases

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
OTHER_SESSIONS = set(re.findall(r"^def (\w+)\(session: nox\.Session\)", NOXFILE, re.MULTILINE))


def typed() -> Iterator[tuple[str, str]]:
    """Every line of a code block that runs nox, up to its comment; where several commands are chained, the last."""
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("    ") and "nox -s" in line:
                yield page.name, re.split(r"\s{2,}#|\s\|\s", line.split("&&")[-1])[0].strip()


@pytest.mark.parametrize(("page", "line"), tuple(typed()), ids=lambda part: part if part.endswith(".md") else "")
def test_a_command_in_the_documentation_can_be_typed(page: str, line: str) -> None:
    words = shlex.split(line)
    assert words[:4] == ["python", "-m", "nox", "-s"]
    session, arguments = words[4], words[6:] if words[5:6] == ["--"] else []
    if cell := re.fullmatch(r"cell\((.*)\)", session):
        assert load_releases().cell(cell[1])
        parse(COMMANDS["cell"], [cell[1], *arguments])
        return
    declared = {each.name: (each, command) for each, command in sessions()}
    assert session in declared.keys() | OTHER_SESSIONS
    if session in declared:
        ours, command = declared[session]
        parse(command, [*ours.arguments, *arguments])


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
