"""The scripts of the workflows, run: against a folder, a repository and programs of the test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from conformance.running.places import ROOT

CI = ROOT / ".ci"


def run(*command: str | Path, folder: Path, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", ["given"]),
        ("--quick", ["given", "--quick"]),
        ("--only 'tf2.1[5-9]*' --mode tf2", ["given", "--only", "tf2.1[5-9]*", "--mode", "tf2"]),
        ('--probe "a b"', ["given", "--probe", "a b"]),
        ("$(touch pwned) `touch pwned` ; touch pwned *", None),
        ("-n --null", ["given", "-n", "--null"]),
    ],
)
def test_options_are_split_and_never_run(options: str, words: list[str] | None, tmp_path: Path) -> None:
    done = run(CI / "with-options", "printf", "%s\n", "given", folder=tmp_path, OPTIONS=options)

    assert list(tmp_path.iterdir()) == []
    assert words is None or done.stdout.splitlines() == words


def test_options_with_a_quote_left_open_are_refused(tmp_path: Path) -> None:
    done = run(CI / "with-options", "echo", "ran", folder=tmp_path, check=False, OPTIONS="--only 'tf2")

    assert done.returncode != 0
    assert "quote" in done.stderr
    assert done.stdout == ""


class Hosting:
    """A repository with a checkout of it, as a job has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin, self.checkout = folder / "origin.git", folder / "checkout"
        run("git", "init", "--quiet", "--bare", self.origin, folder=folder)
        run("git", "init", "--quiet", self.checkout, folder=folder)
        (self.checkout / ".ci").mkdir()
        (self.checkout / ".ci" / "publish").write_bytes((CI / "publish").read_bytes())
        (self.checkout / ".ci" / "publish").chmod(0o755)
        (self.checkout / ".gitignore").write_text("reports/*\n*.xz\n")
        self.git("add", "--all")
        self.git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-m", "x")
        self.git("remote", "add", "origin", str(self.origin))

    def git(self, *arguments: str) -> str:
        return run("git", *arguments, folder=self.checkout).stdout

    def publish(self, reports: Mapping[str, str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        folder = self.folder / "reports"
        for name, content in reports.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return run(self.checkout / ".ci" / "publish", folder, folder=self.folder, check=check)

    def site(self) -> dict[str, str]:
        names = run("git", "ls-tree", "-r", "--name-only", "gh-pages", folder=self.origin).stdout.split()
        return {name: run("git", "show", f"gh-pages:{name}", folder=self.origin).stdout for name in names}


@pytest.fixture
def hosting(tmp_path: Path) -> Hosting:
    return Hosting(tmp_path)


def test_the_first_publication_makes_the_branch(hosting: Hosting) -> None:
    hosting.publish({"index.html": "one", "history/a.xz": "a", "records/cell.jsonl": "r", "logs/cell.log": "l"})

    assert hosting.site() == {".nojekyll": "", "index.html": "one", "history/a.xz": "a"}


def test_the_next_one_lays_itself_over_it_in_one_commit(hosting: Hosting) -> None:
    hosting.publish({"index.html": "one", "history/a.xz": "a"})
    (hosting.folder / "reports" / "index.html").unlink()
    (hosting.folder / "reports" / "history" / "a.xz").unlink()

    hosting.publish({"nightly/index.html": "night", "nightly/records/x": "r", "history/b.xz": "b"})

    assert hosting.site() == {
        ".nojekyll": "",
        "index.html": "one",
        "history/a.xz": "a",
        "history/b.xz": "b",
        "nightly/index.html": "night",
    }
    assert run("git", "rev-list", "--count", "gh-pages", folder=hosting.origin).stdout.strip() == "1"


def test_it_leaves_the_checkout_as_it_was(hosting: Hosting) -> None:
    before = hosting.git("rev-parse", "HEAD")

    hosting.publish({"index.html": "one"})

    assert hosting.git("rev-parse", "HEAD") == before
    assert hosting.git("status", "--porcelain") == ""


def test_a_repository_that_is_not_there_is_an_error(hosting: Hosting) -> None:
    hosting.git("remote", "set-url", "origin", str(hosting.folder / "gone"))

    assert hosting.publish({"index.html": "one"}, check=False).returncode != 0


def script_of(path: str, *keys: str | int) -> str:
    """A script, by where it stands in its file."""
    found = YAML(typ="safe").load((ROOT / ".github" / path).read_text(encoding="utf-8"))
    for key in keys:
        found = found[key]
    return str(found)


def test_the_history_is_brought_back_from_the_site(tmp_path: Path) -> None:
    for name in ("history/a.xz", "nightly/failing-examples.jsonl", "nightly/index.html", "index.html"):
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    script = script_of("actions/restore/action.yml", "runs", "steps", 1, "run")

    run("bash", "-eo", "pipefail", "-c", script, folder=tmp_path)
    run("bash", "-eo", "pipefail", "-c", script, folder=tmp_path)  # where there is no site

    left = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    assert left == ["reports/history/a.xz", "reports/nightly/failing-examples.jsonl"]


def test_the_merge_is_given_the_shards_that_are_whole(tmp_path: Path) -> None:
    steps = YAML(typ="safe").load((ROOT / ".github/workflows/matrix.yml").read_text())["jobs"]["report"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Merge and judge")
    for name in ("b", "a"):
        (tmp_path / "shards" / name).mkdir(parents=True)
        (tmp_path / "shards" / name / "manifest.json").touch()
    (tmp_path / "shards" / "unfinished").mkdir()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "nox").write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
    (programs / "nox").chmod(0o755)
    (tmp_path / ".ci").symlink_to(CI)
    path = f"{programs}:/usr/bin:/bin"

    done = run("bash", "-eo", "pipefail", "-c", script, folder=tmp_path, PATH=path, OPTIONS="--quick")
    assert done.stdout.split() == ["-s", "merge", "--", "shards/a", "shards/b", "--quick"]

    for path_ in (tmp_path / "shards").rglob("manifest.json"):
        path_.unlink()
    done = run("bash", "-eo", "pipefail", "-c", script, folder=tmp_path, PATH=path)
    assert done.stdout.split() == ["-s", "merge", "--"]


_GH = r"""#!/usr/bin/env bash
if [[ $* == *--paginate* ]]; then printf %s "$FOUND"; printf %s "$MARK" > mark; exit 0; fi
printf '%s\n' "$@" > called
for word in "$@"; do if [[ $word == body=@* ]]; then cp "${word#body=@}" body; fi; done
"""


class Commenting:
    """A pull request, whose comments a stand-in for GitHub's gh keeps in a folder: one file for each call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.comment = folder / "candidate.md"
        self.found = ""  # the ids that listing the comments gives
        program = folder / "bin" / "gh"
        program.parent.mkdir()
        program.write_text(_GH)
        program.chmod(0o755)

    def write(self) -> list[str]:
        run(
            CI / "comment",
            self.comment,
            folder=self.folder,
            PATH=f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            GH_REPO="owner/hub",
            PULL_REQUEST="7",
            FOUND=self.found,
        )
        return (self.folder / "called").read_text().splitlines()


@pytest.fixture
def commenting(tmp_path: Path) -> Commenting:
    found = Commenting(tmp_path)
    found.comment.write_text("<!-- mark -->\n### Nothing is worse\n")
    return found


def test_the_first_comment_on_a_pull_request_is_written(commenting: Commenting) -> None:
    called = commenting.write()

    assert {"POST", "repos/owner/hub/issues/7/comments"} <= set(called)
    assert (commenting.folder / "mark").read_text() == "<!-- mark -->"
    assert (commenting.folder / "body").read_text() == commenting.comment.read_text()


def test_the_next_one_takes_its_place(commenting: Commenting) -> None:
    commenting.found = "41\n42\n"

    assert {"PATCH", "repos/owner/hub/issues/comments/41"} <= set(commenting.write())


def test_a_comment_that_is_too_long_for_github_is_cut(commenting: Commenting) -> None:
    commenting.comment.write_text("<!-- mark -->\n" + "\u2192" * 70000)
    commenting.write()

    body = (commenting.folder / "body").read_text()
    assert len(body) < 65536
    assert body.endswith("...\n")
