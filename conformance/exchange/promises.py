"""The version guide's promises, read from `promises.toml`, and the pairs of releases that each speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from packaging.version import Version

from conformance.data_file import check_keys, load_toml, read_rows, require_unique
from conformance.words import Level, Word

PROMISES_FILE = Path(__file__).with_name("promises.toml")
SCHEMA = "promises/1"


class PairRule(Word):
    """Which pairs of a producer and a consumer a promise speaks of."""

    LATER_SAME_MAJOR = "later-same-major"
    NEXT_MAJOR = "next-major"
    GRAPH_DEF = "graph-def"
    SAME_RELEASE = "same-release"


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise.

    Attributes:
        uses: the uses of a model that it speaks of.
        roles: globs of those that it speaks of; all by default.
        excludes: what it says nothing of.
    """

    id: str
    rule: PairRule
    level: Level
    statement: str
    source: str
    uses: tuple[str, ...]
    excludes: str
    roles: tuple[str, ...] = ("*",)

    def covers(self, role: str, use: str, producer: Version, consumer: Version) -> bool:
        """Whether it speaks of that use, in a consumer, of what a producer made."""
        return (
            use in self.uses
            and any(fnmatchcase(role, glob) for glob in self.roles)
            and _RULES[self.rule](minor_of(producer), minor_of(consumer))
        )


Minor = tuple[int, int]

_RULES: dict[PairRule, Callable[[Minor, Minor], bool]] = {
    PairRule.LATER_SAME_MAJOR: lambda made, used: made < used and made[0] == used[0],
    PairRule.NEXT_MAJOR: lambda made, used: made[0] + 1 == used[0],
    PairRule.GRAPH_DEF: lambda made, used: made < used,
    PairRule.SAME_RELEASE: lambda made, used: made == used,
}


def minor_of(version: Version) -> Minor:
    """Major and minor: "2.22.0rc0" is (2, 22)."""
    return version.major, version.minor


def load_promises(path: Path = PROMISES_FILE) -> tuple[Promise, ...]:
    """Reads the promises."""
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"promise"})
    promises = read_rows(path, data, "promise", Promise)
    require_unique(path, "promise", [promise.id for promise in promises])
    return promises


def covering(
    promises: Iterable[Promise], role: str, use: str, producer: Version, consumer: Version
) -> tuple[Promise, ...]:
    """The promises that speak of a pair."""
    return tuple(promise for promise in promises if promise.covers(role, use, producer, consumer))
