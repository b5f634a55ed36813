"""Chooses the probes by which a change is noticed soonest: those that reach it, each in a way that no other one does.

A probe reaches a change where it executes a statement at which the old version and the new one part (`sources.py`).
Of those that do, a choice is made that leaves out none of the changed statements, none of the ways through the
changed functions, and none of the claims, and takes as little time as it can; then more of them, the most unlike first,
for a fifth of the time of all probes. Which other probes are broken by the same is for the whole run to say.
"""

from __future__ import annotations

import zipfile
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from conformance.candidate.reach import ReachMap
from conformance.candidate.sources import SourceDifferences, differences, functions_of, users_of
from conformance.grouping import grouped

# Says the version, which differs in every build and which no probe reads.
_NO_MATTER = ("version.py",)
_LEAST = 0.02  # seconds: what a probe costs at least
_SHARE = 0.2  # of the time of all probes: what may be spent on more than what must not be left out
_Wanted = Mapping[int, set[Hashable]]  # of each probe, by its index


class Spot(NamedTuple):
    """Where a change is met: a line, or where that is 0, any line of a function."""

    file: str
    function: str
    line: int = 0


class Choice(msgspec.Struct, frozen=True):
    """The probes of a cell that reach a change.

    Attributes:
        chosen: those by which it is noticed, the most telling first.
        others: the rest of those that reach it, the most telling first.
        unreached: what is changed and reached by no probe, as "FILE: FUNCTION".
        quickest: the probe that shows soonest that the package can be installed and imported.
    """

    chosen: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    quickest: str = ""


def changed_in(wheel: Path, reach: ReachMap) -> dict[str, SourceDifferences] | None:
    """Where a wheel differs from what the map was made of, by file; None where it has files that the map cannot judge.

    A file that is new is reached through another that has changed.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        packages = {name.partition("/")[0] for name in names}
        known = {file: text.encode() for file, text in reach.sources.items() if file.partition("/")[0] in packages}
        if not known or any(not name.endswith((".py", "/")) for name in names):
            return None
        sources = {name: archive.read(name) for name in names if name in known}
    changes: dict[str, SourceDifferences] = {}
    for file, before in known.items():
        if file.endswith(_NO_MATTER) or sources.get(file) == before:
            continue
        try:
            found = differences(before, sources.get(file, b""))
        except (SyntaxError, ValueError):  # Python of another version, perhaps
            return None
        if found:
            changes[file] = found
    return changes


def choose(reach: ReachMap, changes: Mapping[str, SourceDifferences]) -> Choice:
    """The probes that reach what is changed."""
    at = dict(_spots(reach, changes))
    reaching = grouped((number, spot) for spot, numbers in at.items() for number in numbers)
    seconds = {number: max(_LEAST, reach.probes[number].seconds) for number in reaching}
    needed, *wished = _tiers(reach, reaching)
    chosen = list(_cover(needed, seconds))
    more = list(chosen)
    for tier in wished:
        more += _cover(tier, seconds, more)
    more += sorted(reaching.keys() - set(more), key=lambda one: (-len(reaching[one]), seconds[one]))
    left = _SHARE * sum(max(_LEAST, probe.seconds) for probe in reach.probes) - sum(seconds[one] for one in chosen)
    for number in more[len(chosen) :]:
        if seconds[number] <= left:
            left -= seconds[number]
            chosen.append(number)
    names = [f"{file}: {function or '(outside of functions)'}" for file, function in _not_reached(at, changes)]
    others = (one for one in more if one not in set(chosen))
    quickest = min(reach.probes, key=lambda probe: probe.seconds).id
    return Choice(_ids(reach, chosen), _ids(reach, others), tuple(names), quickest)


def _tiers(reach: ReachMap, reaching: Mapping[int, Iterable[Spot]]) -> tuple[_Wanted, ...]:
    """What each of these probes shows of the change: what must not be left out, and what else had better not be."""
    ways = _ways(reach, {(spot.file, spot.function) for spots in reaching.values() for spot in spots})
    lines = grouped(
        (number, (file, line))
        for file, of_file in reach.reached.items()
        for line, numbers in of_file.items()
        for number in numbers
    )
    claims = {number: reach.probes[number].claims for number in reaching}
    return (
        {number: {*spots, *ways.get(number, ()), *claims[number]} for number, spots in reaching.items()},
        {number: {reach.probes[number].fixture, *lines[number]} for number in reaching},
        {number: {(claim, line) for claim in claims[number] for line in lines[number]} for number in reaching},
    )


def _ids(reach: ReachMap, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(reach.probes[number].id for number in numbers)


def _spots(reach: ReachMap, changes: Mapping[str, SourceDifferences]) -> Iterator[tuple[Spot, tuple[int, ...]]]:
    """Where the changes are met, and by which probes."""
    for file, found in changes.items():
        package = file.rpartition("/")[0]
        if file not in reach.reached:  # not traced; its package runs it as it is imported
            for traced in reach.reached:
                if traced.rpartition("/")[0] == package:
                    yield from _everywhere(reach, traced)
            continue
        yield from _at(reach, file, found.lines)
        if found.everywhere:
            yield from _everywhere(reach, file)
        if found.names:
            for traced in reach.reached:
                if traced.rpartition("/")[0] == package:
                    yield from _at(reach, traced, users_of(found.names, reach.sources[traced].encode()))


def _at(reach: ReachMap, file: str, lines: Iterable[int]) -> Iterator[tuple[Spot, tuple[int, ...]]]:
    of_file, functions = reach.reached[file], functions_of(reach.sources[file].encode())
    for line in lines:
        function = next((name for name, (first, last) in functions.items() if first <= line <= last), "")
        if line not in of_file:  # a statement that cannot be traced (an `elif`, a log), or one outside of functions
            if function:
                yield Spot(file, function), _in_function(reach, file, functions[function])
        elif of_file[line] or line not in reach.imported[file]:
            yield Spot(file, function, line), of_file[line]
        else:  # what only an import runs decides what all else finds
            yield from _everywhere(reach, file)


def _everywhere(reach: ReachMap, file: str) -> Iterator[tuple[Spot, tuple[int, ...]]]:
    yield Spot(file, ""), tuple({number for numbers in reach.reached[file].values() for number in numbers})
    for function, lines in functions_of(reach.sources[file].encode()).items():
        yield Spot(file, function), _in_function(reach, file, lines)


def _in_function(reach: ReachMap, file: str, lines: tuple[int, int]) -> tuple[int, ...]:
    of_file = reach.reached[file]
    return tuple({number for line, numbers in of_file.items() if lines[0] <= line <= lines[1] for number in numbers})


def _ways(reach: ReachMap, functions: Iterable[tuple[str, str]]) -> dict[int, list[Hashable]]:
    """The way of each probe through each function: the lines that it executes."""
    found: dict[int, list[Hashable]] = {}
    for file, function in functions:
        first, last = functions_of(reach.sources[file].encode()).get(function, (0, -1))
        lines = grouped(
            (number, line)
            for line, numbers in reach.reached[file].items()
            if first <= line <= last
            for number in numbers
        )
        for number, executed in lines.items():
            found.setdefault(number, []).append((file, function, tuple(executed)))
    return found


def _cover(wanted: _Wanted, seconds: Mapping[int, float], chosen: Iterable[int] = ()) -> Iterator[int]:
    """A cheap choice in which all is that any of them has, beside what is chosen; what adds most for its time first."""
    missing = set().union(*wanted.values()).difference(*(wanted[number] for number in chosen))
    while missing:
        best = max(wanted, key=lambda number: (len(wanted[number] & missing) / seconds[number], -number))
        missing -= wanted[best]
        yield best


def _not_reached(at: Mapping[Spot, tuple[int, ...]], changes: Mapping[str, SourceDifferences]) -> list[tuple[str, str]]:
    """The changed functions of which no probe reaches what is changed."""
    reached = {(spot.file, spot.function) for spot, numbers in at.items() if numbers}
    return [
        (file, function)
        for file, found in changes.items()
        for function in sorted(found.functions)
        if not reached & {(file, function), (file, "")} and (function or not reached)
    ]
