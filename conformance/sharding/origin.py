"""What must be the same wherever the shards of a run are measured: everything of a checkout that outcomes depend on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.errors import UsageError
from conformance.fixtures import hash_of
from conformance.running.cell import harness_version
from conformance.sharding.manifest import Origin

DIRTY = "-dirty"

# Part, as errors name it -> where it is, relative to the checkout. Contents are compared and not only commits, since a
# file that git does not know changes what is measured, and no commit.
PARTS: dict[str, tuple[str, ...]] = {
    "the probes and the recorder": ("conformance/inside", "conformance/words.py"),
    "the claims": ("conformance/claims",),
    "the releases": ("conformance/environments/releases.toml",),
    "the locks": ("conformance/environments/locks",),
    "the fixture models": ("fixtures/models",),
}


def origin_of(root: Path) -> Origin:
    """What the checkout at `root` is at the moment."""
    content = {
        part: hash_of(root, (one for place in places for one in _files(root / place))) for part, places in PARTS.items()
    }
    return Origin(harness_version(root), content)


def refuse_dirty(origin: Origin, where: Path) -> None:
    """Refuses a checkout that nobody else can have."""
    if origin.harness.endswith(DIRTY):
        raise UsageError(
            f"the checkout has changes that are in no commit ({origin.harness}): what is measured with it belongs to no"
            " other shard.",
            where=str(where),
            remedy="Commit them or take them back; nothing was run.",
        )


def differences(one: Origin, other: Origin) -> list[str]:
    """In what two checkouts differ, in words; empty if in nothing that matters."""
    parts = sorted(one.content.keys() | other.content.keys())
    commits = [f"the commit ({one.harness}, {other.harness})"] if one.harness != other.harness else []
    return commits + [part for part in parts if one.content.get(part) != other.content.get(part)]


def _files(place: Path) -> Iterator[Path]:
    """The files at or below `place`, but for what Python compiles beside them."""
    if place.is_file():
        yield place
    for path in place.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path
