"""A user's own model as the subject of a cell: it is shut in, and its evidence is kept by its content."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec
import pytest

from conformance.environments.catalogue import Cell
from conformance.errors import EvidenceError
from conformance.judging.narrowing import Narrowing
from conformance.running import probing
from conformance.running.enclosure import Enclosure, EnclosureLimits, available
from conformance.running.importer import Importer
from conformance.running.keys import Built
from conformance.running.places import ROOT, Places
from conformance.running.subject import CLAIMS, ModelSubject, TriedModel, read_subjects
from conformance.running.subject_keys import SubjectKeys

# Stands for pytest.
SAYS = r"""
import os, sys
import json
told = os.environ["CONFORMANCE_MODEL"]
print(os.environ.get("MY_SECRET"), os.environ["HOME"] == os.environ["TMPDIR"], os.path.basename(told))
cell = json.load(open(os.environ["CONFORMANCE_CELL"]))["cell"]
with open(os.path.join(json.load(open(told))["values"], cell + ".jsonl"), "w") as file:
    file.write("computed\n")
for path in sys.argv[1:]:
    try:
        open(path, "w").close()
        print("wrote", os.path.basename(path))
    except OSError:
        print("refused", os.path.basename(path))
"""


def subject(folder: Path) -> ModelSubject:
    return ModelSubject(
        name="mine",
        hash="sha256:1",
        path=str(folder / "model"),
        reports=str(folder / "reports"),
        cells=(),
        inputs="",
        inputs_hash="",
        forms=({"kind": "call"},),
        texts={"content": "sentence"},
        limits=EnclosureLimits(),
    )


@pytest.fixture
def request_for(places: Places, cell: Cell) -> probing.ProbeRequest:
    return probing.ProbeRequest(
        record=str(places.partial(cell.id)),
        cell=cell.id,
        mode=cell.mode,
        keras=cell.keras,
        claims=CLAIMS,
        probes=None,
        observed=(),
        models="m",
        timeout=1.0,
        examples=1,
        attempt=1,
    )


def test_its_processes_are_shut_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cell: Cell, places: Places, request_for: probing.ProbeRequest
) -> None:
    written = [f"{request_for.record}.record", str(tmp_path / "elsewhere")]
    monkeypatch.setenv("MY_SECRET", "x")
    monkeypatch.setattr(probing, "command", lambda python, *_: [str(python), "-c", SAYS, *written])
    importer = Importer(Path(sys.executable), cell, ROOT, [EnclosureLimits()])
    tried = TriedModel(subject(tmp_path), importer)
    tried.model.values.mkdir(parents=True)

    with importer:
        for _ in range(2):
            ended = probing.run_probes(
                Path(sys.executable), request_for, places=places, deadline=time.monotonic() + 30, subject=tried
            )
            assert ended.code == 0, ended.tail
            assert "None True model.json" in ended.tail
            assert "wrote tf" in ended.tail
            outside = "refused" if available() is Enclosure.NAMESPACES else "wrote"
            assert f"{outside} elsewhere" in ended.tail
    assert (tried.model.values / f"{cell.id}.jsonl").read_text() == "computed\n" * 2


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"hash": "sha256:2"}, False),
        ({"inputs_hash": "1"}, False),
        ({"forms": ()}, False),
        ({"texts": {"content": "image"}}, False),
        ({"limits": EnclosureLimits(memory=1)}, False),
        ({"name": "other"}, True),
        ({"path": "/elsewhere"}, True),
        ({"reports": "/elsewhere"}, True),
    ],
)
def test_its_key_is_that_of_its_content_and_not_of_where_it_lies(
    change: dict[str, object], same: bool, tmp_path: Path, cell: Cell
) -> None:
    one = subject(tmp_path)
    other = msgspec.structs.replace(one, **change)
    built = Built("packages", "3.11.9")

    keys = [SubjectKeys(ROOT, each).of(cell, built, Narrowing(), 1) for each in (one, other)]
    assert (keys[0] == keys[1]) is same
    assert SubjectKeys(ROOT, one).of(cell, Built("others", "3.11.9"), Narrowing(), 1) != keys[0]


def test_a_damaged_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text('{"schema": "own-models/1"}')

    with pytest.raises(EvidenceError, match=r"models\.json"):
        read_subjects(tmp_path / "models.json")
