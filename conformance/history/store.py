"""The store of runs: a folder with one compressed snapshot per run, which is only ever added to.

A file is named after when its run ended, what kind of run it was and what it holds, so that runs can be listed without
being read, and the folders of two machines are merged by copying the files of one into the other. A run of 17,800
observations takes some 30 KB.

Of a nightly run the file holds what it found as well, and its name says the day that the run stands for, which is not
the day on which it ended where a past night was replayed.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import msgspec

from conformance import json_file
from conformance.errors import EvidenceError, writing
from conformance.night import SCHEMA as NIGHT_SCHEMA
from conformance.night import Night
from conformance.snapshot import CellSnapshot, Snapshot, decode_snapshot

FOLDER = "history"  # below the reports

_REMEDY = "Copy it anew from where it was made, or move it away; the others are untouched."
_TIME = "%Y-%m-%dT%H-%M-%SZ"
_SUFFIX = ".json.xz"
_NAME = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)\.(?P<kind>[a-z]+)(\.(?P<date>\d{4}-\d\d-\d\d))?"
    r"\.(?P<digest>[0-9a-f]{12})\.json\.xz"
)


_Read = TypeVar("_Read")


class RunKind(StrEnum):
    """What kind of run a snapshot was taken of."""

    MATRIX = "matrix"
    NIGHTLY = "nightly"


class RunInfo(msgspec.Struct, frozen=True):
    """A run of the store, as its file's name describes it."""

    path: Path
    finished: datetime  # when it ended, in UTC
    kind: RunKind
    digest: str  # the first 12 hexadecimal digits of the sha256 of what the file holds
    date: str = ""  # the day (ISO) that a nightly run stands for; empty where the file holds a snapshot alone


class StoredNight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A nightly run of the store: what it found, and what it observed."""

    night: Night
    snapshot: Snapshot


class History:
    """The runs in a folder, which need not exist before something is appended.

    Args:
        note: called for each file that is skipped, with the reason; such files are left where they are.
    """

    def __init__(self, folder: Path, note: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder
        self._note = note

    def append(self, snapshot: Snapshot, kind: RunKind) -> Path | None:
        """Adds a run, and says as which file; None where all that it observed is in the store already.

        Raises:
            EvidenceError: a damaged file has its name; it is left as it was.
        """
        return self._add(_time_of(snapshot), kind, json_file.encode(snapshot)) if self._is_new(snapshot) else None

    def append_night(self, night: Night, snapshot: Snapshot) -> Path:
        """Adds a nightly run, also where it observed nothing new: the next one is compared with what it found.

        Raises:
            EvidenceError: a damaged file has its name; it is left as it was.
        """
        stored = StoredNight(night, snapshot)
        return self._add(_time_of_night(stored), f"{RunKind.NIGHTLY}.{night.date}", msgspec.json.encode(stored))

    def nights_before(self, date: str) -> Iterator[StoredNight]:
        """The nightly runs of earlier days, the latest first; of one that was run twice, the later run first."""
        earlier = [info for info in self.runs() if info.date and info.date < date]
        for day in sorted({info.date for info in earlier}, reverse=True):
            same = [stored for info in earlier if info.date == day and (stored := self._readable(info, self._night))]
            yield from sorted(same, key=lambda stored: stored.night.finished, reverse=True)

    def runs(self) -> tuple[RunInfo, ...]:
        """The runs by the time they ended, read from the files' names alone."""
        found: list[RunInfo] = []
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if path.name.startswith("."):
                continue  # a draft of somebody who is writing, or the system's
            info = _info(path)
            if info is None:
                self._note(f"{path}: is no run of a history, by its name; it is left alone.")
            else:
                found.append(info)
        return tuple(sorted(found, key=lambda info: (info.finished, info.path.name)))

    def read(self, info: RunInfo) -> Snapshot:
        """What the run observed.

        Raises:
            EvidenceError: the file is gone or damaged, of another schema, or not what its name says.
        """
        if info.date:
            return self._night(info).snapshot
        raw = _content(info)
        snapshot = decode_snapshot(raw, str(info.path))
        _check_name(info, raw, _time_of(snapshot))
        return snapshot

    def readable(self, info: RunInfo) -> Snapshot | None:
        """What the run observed, or None where its file is damaged, which is noted."""
        return self._readable(info, self.read)

    def _readable(self, info: RunInfo, read: Callable[[RunInfo], _Read]) -> _Read | None:
        try:
            return read(info)
        except EvidenceError as error:
            self._note(str(error))
            return None

    def _night(self, info: RunInfo) -> StoredNight:
        raw = _content(info)
        stored = json_file.decode(raw, StoredNight, json_file.UNVERSIONED, where=str(info.path), remedy=_REMEDY)
        if stored.night.schema != NIGHT_SCHEMA:
            raise _damaged(info.path, f'is of schema "{stored.night.schema}", but this version reads "{NIGHT_SCHEMA}".')
        _check_name(info, raw, _time_of_night(stored))
        return stored

    def merge(self, other: History) -> tuple[Path, ...]:
        """Copies the runs of another store that this one lacks; returns the files that were added.

        Raises:
            EvidenceError: a damaged file has its name; it is left as it was.
        """
        mine = {info.path.name for info in self.runs()}
        return tuple(
            self._add_file(info.path.name, info.path.read_bytes())
            for info in other.runs()
            if info.path.name not in mine and other.readable(info) is not None
        )

    def _is_new(self, snapshot: Snapshot) -> bool:
        """Whether the store lacks anything that was observed; what cells reused is where it was first observed.

        A run that holds an observation ended after its cell began, so the earlier ones need not be read.
        """
        lacking = {(cell.cell, cell.started): _observed(cell) for cell in snapshot.cells}
        begun = min((_parsed(cell.started) for cell in snapshot.cells), default=None)
        for info in reversed(self.runs()):
            if not lacking or begun is None or info.finished < begun:
                break
            known = self.readable(info)
            for cell in known.cells if known else ():
                key = cell.cell, cell.started
                if key in lacking and lacking[key] <= _observed(cell):
                    del lacking[key]
        return bool(lacking)

    def _add(self, time: datetime, kind: str, raw: bytes) -> Path:
        name = f"{time.strftime(_TIME)}.{kind}.{hashlib.sha256(raw).hexdigest()[:12]}{_SUFFIX}"
        return self._add_file(name, lzma.compress(raw))

    def _add_file(self, name: str, contents: bytes) -> Path:
        """Puts a whole file into the store, and only then under its name.

        A file of that name holds the same run, unless it is damaged: then it is left for whoever wants to know why.
        """
        path = self.folder / name
        remedy = "Correct the folder's permissions or free space, then append the run again: `nox -s report`."
        with writing(path, kept="the history is as it was", remedy=remedy):
            self.folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, prefix=".draft.") as draft:
                draft.write(contents)
                draft.flush()
                os.fsync(draft.fileno())
                os.fchmod(draft.fileno(), 0o644)  # temporary files are private; a history is not
                with suppress(FileExistsError):
                    os.link(draft.name, path)
        info = _info(path)
        assert info is not None  # it has the name of a run
        self.read(info)
        return path


def _info(path: Path) -> RunInfo | None:
    stated = _NAME.fullmatch(path.name)
    if stated is None or stated["kind"] not in set(RunKind):
        return None
    try:
        finished = datetime.strptime(stated["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return RunInfo(path, finished, RunKind(stated["kind"]), stated["digest"], stated["date"] or "")


def _content(info: RunInfo) -> bytes:
    try:
        return lzma.decompress(info.path.read_bytes())
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise _damaged(info.path, f"cannot be read ({error}).") from error


def _check_name(info: RunInfo, raw: bytes, finished: datetime) -> None:
    if hashlib.sha256(raw).hexdigest()[:12] != info.digest or finished != info.finished:
        raise _damaged(info.path, "holds something else than its name says.")


def _observed(cell: CellSnapshot) -> frozenset[tuple[str, str]]:
    return frozenset((probe, outcome) for outcome, probes in cell.outcomes.items() for probe in probes)


def _time_of(snapshot: Snapshot) -> datetime:
    """When the run ended; of one whose every cell was cut short, when the last of them began."""
    return _parsed(snapshot.finished or max(cell.started for cell in snapshot.cells))


def _time_of_night(stored: StoredNight) -> datetime:
    """When the run ended; of one that measured no cell, when the night did."""
    return _time_of(stored.snapshot) if stored.snapshot.cells else _parsed(stored.night.finished)


def _parsed(stated: str) -> datetime:
    time = datetime.fromisoformat(stated)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _damaged(path: Path, what: str) -> EvidenceError:
    return EvidenceError(what, where=str(path), remedy=_REMEDY)
