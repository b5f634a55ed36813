# /// script
# dependencies = ["nox[uv]", "msgspec", "packaging"]
# ///
"""The manual: what this repository can do, as nox sessions. `nox -l` lists them.

The main job measures what TensorFlow releases really do and judges TensorFlow Hub's compatibility page by it:

    nox -s matrix                                          every release, in every mode
    nox -s matrix -- --only 'tf2.1[5-9]*' --mode tf2       a part of it
    nox -s matrix -- --fresh                               observe again also what has not changed since it was
    nox -s quick                                           a few minutes: TF 1.15, the last before Keras 3, the newest
    nox -s list -- --hub 0.15                              what would run
    nox -s "cell(tf2.15-hub0.16-tf2)"                      one cell, by itself, into its record
    nox -s report                                          judge and render the records again, running nothing
    nox -s shard -- tf2.15-hub0.16 --out shards/a          a part of a run, on any machine
    nox -s merge -- shards/a shards/b                      its parts, judged as one run
    nox -s diff -- old/results.json reports/results.json   what changed between two runs
    nox -s accept                                          make what was observed the reviewed baseline
    nox -s history -- --claim ID                           a claim's line over the runs so far
    nox -s bisect -- PROBE CELL                            since which version it is so, and whose doing it is
    nox -s nightly                                         what the nightlies broke, against release and last night
    nox -s trial                                           whether the probes notice planted defects
    nox -s matrix -- --help                                every option, with examples and the exit codes

What stands after `--` goes to `python -m conformance`, which does the work; `matrix`, `quick` and `report` exit with
its code: 0 as expected, 1 unexpected, 2 usage, 3 stale expectation, 4 incomplete evidence. What they find is in
`reports/`.

Needed beforehand: a Python (3.11 or later) with nox. The comment at the top makes nox bring the rest along, once,
into `.nox/`. (Where nox has to use pip for that, pip's messages stand before the output of `nox -l --json`;
`PIP_QUIET=1` silences them.)
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

# The nox that runs after nox has brought the rest along is a script, which does not look for modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))

from conformance.environments.catalogue import load_releases

nox.needs_version = ">=2026.10"
nox.options.sessions = ["matrix"]
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False  # a missing interpreter is an outcome, also where CI is set

CELLS = [nox.param(cell.id, id=cell.id) for cell in load_releases().every_cell]


@nox.session(reuse_venv=True)
def matrix(session: nox.Session) -> None:
    """Measure every selected release and judge the page: the main job."""
    conformance(session, "matrix")


@nox.session(reuse_venv=True)
def quick(session: nox.Session) -> None:
    """Measure the quick selection and judge the page, in a few minutes."""
    conformance(session, "matrix", "--quick")


@nox.session(name="list", reuse_venv=True)
def list_(session: nox.Session) -> None:
    """List what a selection would run (--json for machines)."""
    conformance(session, "list")


@nox.session(reuse_venv=True)
def report(session: nox.Session) -> None:
    """Judge and render the records of earlier runs again."""
    conformance(session, "report")


@nox.session(reuse_venv=True)
def shard(session: nox.Session) -> None:
    """Measure a part of a run, here or on another machine, to be merged with the others."""
    conformance(session, "shard")


@nox.session(reuse_venv=True)
def merge(session: nox.Session) -> None:
    """Judge the shards of a run, wherever they were measured, and report them as one."""
    conformance(session, "merge")


@nox.session(reuse_venv=True)
def render(session: nox.Session) -> None:
    """Render the reports of any run again, from its results.json alone."""
    conformance(session, "render")


@nox.session(reuse_venv=True)
def diff(session: nox.Session) -> None:
    """Compare two runs: what changed, and which packages changed with it."""
    conformance(session, "diff")


@nox.session(reuse_venv=True)
def nightly(session: nox.Session) -> None:
    """Measure the nightlies and the candidate, and tell what no longer holds."""
    conformance(session, "nightly")


@nox.session(reuse_venv=True)
def bisect(session: nox.Session) -> None:
    """Find the version in which an outcome changed, and whose doing it is."""
    conformance(session, "bisect")


@nox.session(reuse_venv=True)
def accept(session: nox.Session) -> None:
    """Make what was observed the reviewed baseline, after showing the difference."""
    conformance(session, "accept")


@nox.session(reuse_venv=True)
def history(session: nox.Session) -> None:
    """List the runs so far and show claims over them; render the page and the feed of changes."""
    conformance(session, "history")


@nox.session(reuse_venv=True)
def lock(session: nox.Session) -> None:
    """Resolve the environments' hashed lock files anew and import-test them."""
    conformance(session, "lock")


@nox.session(reuse_venv=True)
def models(session: nox.Session) -> None:
    """Remake the golden fixture models from their recipes."""
    conformance(session, "models")


@nox.session(reuse_venv=True)
def trial(session: nox.Session) -> None:
    """Plant defects in TensorFlow, hub and Keras, and show whether the probes notice."""
    conformance(session, "trial")


@nox.session(reuse_venv=True)
def steadiness(session: nox.Session) -> None:
    """Repeat cells, whose outcomes must not differ."""
    conformance(session, "steadiness")


@nox.session(reuse_venv=True, requires=["lint"])
def tests(session: nox.Session) -> None:
    """Test the harness: lint, the inside part on every Python found, the host part, and a small real matrix."""
    install(session, "develop")
    if not session.posargs:
        session.run("python", "-m", "conformance.environments.interpreters", "tox", "run")
    run(session, "pytest", "-m", "real or not real", *session.posargs)


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check types, style, formatting, and the workflows of GitHub Actions."""
    install(session, "develop")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    for schema, files in (("workflows", "workflows/*.yml"), ("actions", "actions/*/action.yml")):
        found = map(str, Path(".github").glob(files))
        session.run("check-jsonschema", "--builtin-schema", f"vendor.github-{schema}", *found)
    session.run("zizmor", "--offline", "--no-progress", "--quiet", ".github")


@nox.session(reuse_venv=True)
def screenshot(session: nox.Session) -> None:
    """Picture the latest report for the README, in the system's Chromium."""
    install(session, "develop")
    run(session, "python", "-m", "tests.browser.screenshot", *session.posargs)


@nox.session(python=False, default=False, allow_parallel=True)
@nox.parametrize("cell_id", CELLS)
def cell(session: nox.Session, cell_id: str) -> None:
    """Measure one cell into reports/records/."""
    run(session, sys.executable, "-m", "conformance", "cell", cell_id, *session.posargs)


def run(session: nox.Session, *command: str) -> None:
    """Runs a command that Ctrl-C also reaches, and waits for it: it needs longer than the half second nox would give.

    (To end its children, to keep what was observed, to report.)
    """
    session.run(*command, external=True, interrupt_timeout=None, terminate_timeout=None)


def install(session: nox.Session, what: str) -> None:
    """Installs exactly what requirements/<what>.txt locks."""
    session.install("--require-hashes", "-r", f"requirements/{what}.txt")


def conformance(session: nox.Session, *arguments: str) -> None:
    """Runs the harness in the session's virtualenv and, where it fails, ends nox with the harness's own exit code.

    nox itself knows only 0 and 1. Ending it here costs its summary and the sessions named after this one; scripts that
    tell a regression (1) from incomplete evidence (4) are worth more.
    """
    install(session, "host")
    try:
        run(session, "python", "-m", "conformance", *arguments, *session.posargs)
    except CommandFailed as failure:
        sys.exit(failure.return_code)
