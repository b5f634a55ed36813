# /// script
# dependencies = ["filelock", "hypothesis", "msgspec", "nox[uv]", "numpy", "packaging", "pytest"]
# ///
"""The manual: what this repository can do, as nox sessions. `nox -l` lists them, and this shows how each is used:

    nox -s matrix -- --help

The main job, `nox -s matrix`, measures what TensorFlow releases really do and judges TensorFlow Hub's compatibility
page by it. `nox -s quick` is its short form, `nox -s "cell(tf2.15-hub0.16-tf2)"` measures one cell by itself, and
`nox -s tests` tests the harness. What stands after `--` goes to `python -m conformance`, which does the work; each
session ends with its exit code. What a run finds is in `reports/`.

The sessions and their help come from the declarations in conformance/command_line/.

Needed beforehand: a Python (3.11 or later) with nox. The comment at the top makes nox install the rest once, into
`.nox/`. (Where nox has to use pip for that, pip's messages stand before the output of `nox -l --json`;
`PIP_QUIET=1` silences them.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nox
from nox.command import CommandFailed

# The nox that runs after nox has brought the rest along is a script, which does not look for modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))

from conformance.command_line.catalogue import sessions
from conformance.command_line.declaration import Command, Session
from conformance.environments.catalogue import load_releases

nox.needs_version = ">=2026.10"
nox.options.sessions = ["matrix"]
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False  # a missing interpreter is an outcome, also where CI is set

CELLS = [nox.param(cell.id, id=cell.id) for cell in load_releases().every_cell]


def session_of(declared: Session, command: Command) -> Callable[[nox.Session], None]:
    """The function of a session that runs a command of the harness."""

    def run_command(session: nox.Session) -> None:
        install(session, declared.requirements)
        conformance(session, command.name, *declared.arguments, *session.posargs)

    run_command.__doc__ = declared.summary
    return run_command


for declared, command in sessions():
    nox.session(name=declared.name, reuse_venv=True)(session_of(declared, command))


@nox.session(reuse_venv=True, requires=["lint"])
def tests(session: nox.Session) -> None:
    """Test the harness: lint, the inside part on every Python found, the host part, and a small real matrix."""
    install(session, "develop")
    if session.posargs:
        run(session, "pytest", "-m", "not index", *session.posargs)
        return
    tox = ("python", "-m", "conformance.environments.interpreters", "tox")  # tox.ini says what
    run(session, *tox, "run-parallel", "--skip-env", "host")
    run(session, *tox, "run", "-e", "host")


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check types, style, formatting, data files, and the workflows of GitHub Actions."""
    install(session, "develop")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    for kind, files in (("workflows", "workflows/*.yml"), ("actions", "actions/*/action.yml")):
        found = map(str, Path(".github").glob(files))
        session.run("check-jsonschema", "--builtin-schema", f"vendor.github-{kind}", *found)
    from conformance.editor_schemas import EDITOR_SCHEMAS  # here, since every nox that measures a cell loads this file

    for schema in EDITOR_SCHEMAS:
        session.run("check-jsonschema", "--schemafile", str(schema.path), *map(str, schema.data_files))
    session.run("zizmor", "--offline", "--no-progress", "--quiet", ".github")


@nox.session(reuse_venv=True)
def screenshot(session: nox.Session) -> None:
    """Picture the latest report for the README, in the system's Chromium."""
    install(session, "develop")
    run(session, "python", "-m", "tests.browser.screenshot", *session.posargs)


@nox.session(reuse_venv=True)
def docs(session: nox.Session) -> None:
    """Build the documentation as a small site, into reports/docs/."""
    install(session, "develop")
    session.run("mkdocs", "build", "--strict", "--quiet", *session.posargs)


@nox.session(python=False, default=False, allow_parallel=True)
@nox.parametrize("cell_id", CELLS)
def cell(session: nox.Session, cell_id: str) -> None:
    """Measure one cell into reports/records/."""
    run(session, sys.executable, "-m", "conformance", "cell", cell_id, *session.posargs)


def run(session: nox.Session, *command: str) -> None:
    """Runs a command that Ctrl-C also reaches, and waits for it: it needs longer than the half second nox would give.

    (To end its children, to keep what was observed, to report.) nox would send its standard error to standard output,
    which `--json` keeps for the document.
    """
    session.run(*command, external=True, interrupt_timeout=None, terminate_timeout=None, stderr=None)


def install(session: nox.Session, what: str) -> None:
    """Installs exactly what requirements/<what>.txt locks."""
    session.install("--require-hashes", "-r", f"requirements/{what}.txt")


def conformance(session: nox.Session, *arguments: str) -> None:
    """Runs the harness in the session's virtualenv and, where it fails, ends nox with the harness's own exit code.

    nox itself knows only 0 and 1. Ending it here costs its summary and the sessions named after this one; scripts that
    distinguish a regression (1) from incomplete evidence (4) are worth more.
    """
    try:
        run(session, "python", "-m", "conformance", *arguments)
    except CommandFailed as failure:
        sys.exit(failure.return_code)
