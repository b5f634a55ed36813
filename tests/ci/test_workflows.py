"""What the schema cannot say of workflows: what they run exists and is sound, and nobody can run anything else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from conformance.command_line.catalogue import COMMANDS, sessions
from conformance.environments.catalogue import load_releases
from conformance.running.places import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
STRICT = "#!/usr/bin/env bash\nset -eo pipefail\n"  # what `shell: bash` adds


def read(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        for number, step in enumerate(job.get("steps", ())):
            yield f"{name}/{step.get('name', number)}", step
    for path in ACTIONS:
        for number, step in enumerate(read(path)["runs"]["steps"]):
            yield f"{path.parent.name}/{number}", step


SCRIPTS = [pytest.param(step["run"], id=name) for name, step in steps() if "run" in step]
SCRIPTS += [pytest.param(path.read_text(), id=path.name) for path in sorted((ROOT / ".ci").iterdir())]
JOBS = [pytest.param(job, id=name) for name, job in jobs()]


def test_there_are_the_documented_workflows() -> None:
    assert [path.stem for path in WORKFLOWS] == ["candidate", "matrix", "nightly", "publish", "tests"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_sound(script: str) -> None:
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert shellcheck is not None, "install requirements/develop.txt"

    for command in (["bash", "-n"], [shellcheck, "-"]):
        text = script if script.startswith("#!") else STRICT + script
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_take_values_from_variables_only(script: str) -> None:
    """GitHub would paste them into the script, as code."""
    assert "${{" not in script


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_scripts_run_exists(script: str) -> None:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    declared = [session.name for session, _ in sessions()]
    for session in re.findall(r"\bnox(?: -l --json)? -s (\w+)", script):
        assert session in declared or re.search(rf"^def {session}\(session", noxfile, re.MULTILINE), session
    for command in re.findall(r"python -m conformance (\w+)", script):
        assert command in COMMANDS
    for path in re.findall(r"(?<!\S)\.ci/[\w-]+", script):
        assert os.access(ROOT / path, os.X_OK), path


def test_the_sessions_and_commands_are_found_in_the_scripts() -> None:
    """So that the test above looks at something."""
    text = "\n".join(param.values[0] for param in SCRIPTS)  # type: ignore[misc]

    assert set(re.findall(r"\bnox -s (\w+)", text)) >= {"shard", "merge", "nightly", "tests"}
    assert set(re.findall(r"python -m conformance (\w+)", text)) == {"jobs", "annotate", "issues"}


@pytest.mark.parametrize("uses", sorted({str(step["uses"]) for _, step in steps() if "uses" in step}))
def test_actions_are_pinned_by_commit_or_are_our_own(uses: str) -> None:
    if uses.startswith("./"):
        assert (ROOT / uses / "action.yml").is_file()
    else:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", uses)


def test_an_action_has_one_version_everywhere() -> None:
    pinned = {str(step["uses"]).partition("@")[::2] for _, step in steps() if "@" in str(step.get("uses"))}

    assert len({name for name, _ in pinned}) == len(pinned)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_nothing_but_what_a_job_asks_for(path: Path) -> None:
    assert read(path)["permissions"] == {}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_says_what_it_may_do_and_how_long_it_may_take(job: dict[str, Any]) -> None:
    assert job["permissions"]
    assert "uses" in job or job["timeout-minutes"] <= 300


def test_only_the_jobs_that_publish_may_write() -> None:
    writing = {name for name, job in jobs() if "write" in job["permissions"].values()}

    assert writing == {"publish/site", "publish/issues", "matrix/publish", "nightly/publish", "candidate/comment"}


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.stem != "publish"], ids=lambda path: path.stem)
def test_runs_of_a_workflow_do_not_get_in_each_others_way(path: Path) -> None:
    assert read(path)["concurrency"]["group"].endswith("${{ github.ref }}")


def test_code_of_a_pull_request_runs_where_nothing_can_be_written() -> None:
    """Who may write a comment has no checkout of the caller, and never the token of a fork."""
    measure, comment = (read(GITHUB / "workflows" / "candidate.yml")["jobs"][name] for name in ("measure", "comment"))
    checkouts = [step["with"] for step in comment["steps"] if "checkout" in str(step.get("uses"))]

    assert measure["permissions"] == {"contents": "read"}
    assert [checkout["repository"] for checkout in checkouts] == ["${{ job.workflow_repository }}"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in comment["if"]
    assert "pull_request_target" not in (GITHUB / "workflows" / "candidate.yml").read_text()


def test_the_nightly_run_exchanges_models_with_the_newest_release() -> None:
    """A new release is to be named there as well."""
    newest = [one for one in load_releases().environments if not one.release.floating][-1]

    assert f"--only '{newest.id}-tf2-keras3'" in (GITHUB / "workflows" / "nightly.yml").read_text()


def test_one_environment_that_fails_ends_no_other() -> None:
    assert read(GITHUB / "workflows" / "matrix.yml")["jobs"]["measure"]["strategy"]["fail-fast"] is False


@pytest.mark.parametrize(("workflow", "job"), [("matrix", "report"), ("matrix", "publish"), ("nightly", "publish")])
def test_what_was_observed_is_reported_whatever_failed(workflow: str, job: str) -> None:
    assert "always()" in read(GITHUB / "workflows" / f"{workflow}.yml")["jobs"][job]["if"]


def test_what_a_job_leaves_is_uploaded_whatever_failed() -> None:
    uploads = [step for _, step in steps() if str(step.get("uses")).startswith("actions/upload-artifact@")]

    assert len(uploads) == 6
    assert all("always()" in step["if"] for step in uploads)
