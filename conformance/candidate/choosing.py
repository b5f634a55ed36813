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
from conformance.candidate.sources import FunctionLines, SourceDifferences, differences, functions_of, users_of
from conformance.grouping import grouped
from conformance.trial.planted import KERAS

# Says the version, which differs in every build and which no probe reads.
_NO_MATTER = ("version.py",)
_LEAST = 0.02  # seconds: what a probe costs at least
_SHARE = 0.2  # of the time of all probes: what may be spent on more than what must not be left out
_Wanted = dict[int, set[Hashable]]  # of each probe, by its index


class Spot(NamedTuple):
    """Where a change is met: a line, or where that is 0, any line of a function."""

    file: str
    function: str
    line: int = 0


_Met = Iterator[tuple[Spot, tuple[int, ...]]]  # where, and by which probes


class Choice(msgspec.Struct, frozen=True):
    """The probes of a cell that reach a change."""

    chosen: tuple[str, ...] = ()  # those by which it is noticed, the most telling first
    others: tuple[str, ...] = ()  # the rest of those that reach it, the most telling first
    unreached: tuple[str, ...] = ()  # what is changed and reached by no probe, as "FILE: FUNCTION"
    quickest: str = ""  # the probe that shows soonest that the package can be installed and imported


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
    seconds = {number: max(_LEAST, probe.seconds) for number, probe in enumerate(reach.probes)}
    chosen = list(_cover(_needed(reach, reaching), seconds))
    unlike = list(_cover(_unlike(reach, reaching), seconds, chosen))
    alike = sorted(reaching.keys() - {*chosen, *unlike}, key=lambda number: (-len(reaching[number]), seconds[number]))
    left = _SHARE * sum(seconds.values()) - sum(seconds[number] for number in chosen)
    others = []
    for number in (*unlike, *alike):
        if seconds[number] <= left:
            left -= seconds[number]
            chosen.append(number)
        else:
            others.append(number)
    quickest = min(reach.probes, key=lambda probe: probe.seconds).id
    return Choice(_ids(reach, chosen), _ids(reach, others), tuple(_unreached(at, changes)), quickest)


def _needed(reach: ReachMap, reaching: Mapping[int, Iterable[Spot]]) -> _Wanted:
    """What must not be left out: each place of the change, each claim, and each way through a changed function."""
    wanted: _Wanted = {number: {*spots, *reach.probes[number].claims} for number, spots in reaching.items()}
    changed = {(spot.file, spot.function) for spots in reaching.values() for spot in spots}
    for file in {file for file, _ in changed}:
        for function in _functions(reach, file):
            if (file, function.name) in changed:
                for number, lines in _executed(reach, file, function).items():
                    if number in wanted:
                        wanted[number].add((file, function.name, tuple(lines)))
    return wanted


def _unlike(reach: ReachMap, reaching: Iterable[int]) -> _Wanted:
    """What else tells probes apart: the model, and the statements that they execute, for each claim anew."""
    lines = grouped(
        (number, (file, line))
        for file, of_file in reach.reached.items()
        if file.partition("/")[0] not in KERAS  # of which only functions are known, and far more of them
        for line, numbers in of_file.items()
        for number in numbers
    )
    wanted: _Wanted = {}
    for number in reaching:
        probe, its = reach.probes[number], lines.get(number, [])
        wanted[number] = {probe.fixture, *its, *((claim, line) for claim in probe.claims for line in its)}
    return wanted


def _cover(wanted: _Wanted, seconds: Mapping[int, float], chosen: Iterable[int] = ()) -> Iterator[int]:
    """A cheap choice in which all is that any of them has, beside what is chosen; what adds most for its time first."""
    missing = set().union(*wanted.values()).difference(*(wanted[number] for number in chosen))
    while missing:
        best = max(wanted, key=lambda number: (len(wanted[number] & missing) / seconds[number], -number))
        missing -= wanted[best]
        yield best


def _spots(reach: ReachMap, changes: Mapping[str, SourceDifferences]) -> _Met:
    """Where the changes are met."""
    for file, found in changes.items():
        near = [traced for traced in reach.reached if traced.partition("/")[0] == file.partition("/")[0]]
        if file not in reach.reached:  # not traced; its package runs it as it is imported
            for traced in near:
                yield from _everywhere(reach, traced)
            continue
        yield from _at(reach, file, found.lines)
        if found.everywhere:
            yield from _everywhere(reach, file)
        if found.names:
            for traced in near:
                if any(name in reach.sources[traced] for name in found.names):
                    yield from _at(reach, traced, users_of(found.names, reach.sources[traced].encode()))


def _at(reach: ReachMap, file: str, lines: Iterable[int]) -> _Met:
    of_file, functions = reach.reached[file], _functions(reach, file)
    for line in lines:
        around = next((one for one in functions if _is_in(one, line)), None)
        if line in of_file:
            spot, met = Spot(file, around.name if around else "", line), of_file[line]
            by_an_import = line in reach.imported[file]
        elif around:  # a statement that is not traced (an `elif`, a log, or any but the first of Keras)
            spot, met = Spot(file, around.name), tuple(_executed(reach, file, around))
            by_an_import = any(_is_in(around, one) for one in reach.imported[file])
        else:
            continue
        if met or not by_an_import:
            yield spot, met
        else:  # what only an import runs decides what all else finds
            yield from _everywhere(reach, file)


def _everywhere(reach: ReachMap, file: str) -> _Met:
    yield Spot(file, ""), tuple({number for numbers in reach.reached[file].values() for number in numbers})
    for function in _functions(reach, file):
        yield Spot(file, function.name), tuple(_executed(reach, file, function))


def _functions(reach: ReachMap, file: str) -> tuple[FunctionLines, ...]:
    return functions_of(reach.sources[file].encode())


def _is_in(function: FunctionLines, line: int) -> bool:
    return function.first <= line <= function.last


def _executed(reach: ReachMap, file: str, function: FunctionLines) -> dict[int, list[int]]:
    """Probe -> the lines of a function that it executes."""
    lines = ((line, numbers) for line, numbers in reach.reached[file].items() if _is_in(function, line))
    return grouped((number, line) for line, numbers in lines for number in numbers)


def _unreached(at: Mapping[Spot, tuple[int, ...]], changes: Mapping[str, SourceDifferences]) -> Iterator[str]:
    """The changed functions of which no probe reaches what is changed."""
    reached = {(spot.file, spot.function) for spot, numbers in at.items() if numbers}
    for file, found in changes.items():
        for function in sorted(found.functions):
            if not reached & {(file, function), (file, "")} and (function or not reached):
                yield f"{file}: {function or '(outside of functions)'}"


def _ids(reach: ReachMap, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(reach.probes[number].id for number in numbers)
