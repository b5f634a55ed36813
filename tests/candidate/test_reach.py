from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.candidate import reach
from conformance.candidate.reach import SCHEMA, NoMapError, load, reach_of, save
from conformance.errors import EvidenceError
from conformance.running.places import Places
from conformance.trial.planted import Trace
from tests.candidate.maps import MODULE, PROBES, observed, traced, write_installed, write_map


def test_a_trace_becomes_a_map_of_statements(tmp_path: Path) -> None:
    made = write_map(tmp_path)
    assert made.reached[MODULE] == {6: (0, 1, 2), 7: (1,), 8: (0, 2), 11: (0, 2), 15: (3,), 18: (), 21: ()}
    assert made.imported[MODULE] == (21,)
    assert tuple(probe.id for probe in made.probes) == PROBES
    assert (made.probes[0].claims, made.probes[0].seconds) == (("load",), 0.1)
    assert "tensorflow_hub/version.py" in made.sources  # not traced, and may change all the same


@pytest.mark.parametrize("trace", [Trace(), Trace(planted=("x",)), Trace(failed=("it is gone",))])
def test_a_trace_that_says_nothing_is_no_map(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="a-cell was not traced to its end: "):
        reach_of("a-cell", {}, trace, observed(), write_installed(tmp_path))


def test_a_cell_that_was_cut_short_makes_no_map(tmp_path: Path) -> None:
    cut_short = msgspec.structs.replace(observed(), footer=None)
    for record in (cut_short, msgspec.structs.replace(observed(), plan=(*PROBES, "a.five")), None):
        with pytest.raises(EvidenceError, match=r"a-cell was not traced to its end\..* longer --cell-limit"):
            reach_of("a-cell", {}, traced(), record, write_installed(tmp_path / str(id(record))))


def test_a_map_is_kept_until_packages_or_probes_are_others(tmp_path: Path) -> None:
    made = write_map(tmp_path)
    places = Places(tmp_path, tmp_path / "reports")
    with pytest.raises(NoMapError, match=r"there is no map of a-cell\. Make it anew: .* --map --only a-cell"):
        load("a-cell", lambda: {"a": "1"}, places)

    assert save(made, places) == reach.file_of("a-cell", places)

    assert load("a-cell", lambda: {"a": "1"}, places) == made
    with pytest.raises(NoMapError, match="other packages or probes"):
        load("a-cell", lambda: {"a": "2"}, places)


def test_a_map_of_an_earlier_version_is_to_be_made_anew(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "reports")
    path = save(write_map(tmp_path), places)
    path.write_text(path.read_text().replace(SCHEMA, "reach/1"))
    with pytest.raises(NoMapError, match=r"by another version.* --map --only a-cell"):
        load("a-cell", lambda: {"a": "1"}, places)
