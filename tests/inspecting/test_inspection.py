"""What is reported of the fixture models, by the committed tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.inspecting.description import ModelFormat
from conformance.inspecting.inspection import Inspection, load_inspector
from conformance.inspecting.locating import FoundModel
from conformance.inspecting.text import lines_of, spans
from conformance.running.places import default_places
from tests.inspecting.making import FIXTURES

NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def inspected() -> dict[str, Inspection]:
    inspector = load_inspector(default_places().baseline)
    return {name: inspector.inspect(FoundModel(name, Path(FIXTURES / name / "model"))) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_fixture_is_sound_and_asks_for_nothing_that_later_releases_lack(
    name: str, inspected: dict[str, Inspection]
) -> None:
    inspection = inspected[name]

    assert (inspection.description.faults, inspection.custom_ops) == ((), {})
    older = ["1.13"] if "tf2-" in name else ["1.13", "1.14"] if name == "tf1-ragged" else []
    assert [one.release for one in inspection.releases if not one.can_load] == older


def test_formats_are_distinguished(inspected: dict[str, Inspection]) -> None:
    assert inspected["tf1-dense"].description.format is ModelFormat.TF1_HUB
    assert inspected["tf2-dense"].description.format is ModelFormat.TF2_OBJECTS
    assert inspected["tf2-keras"].description.format is ModelFormat.KERAS_2


def test_a_variable_in_parts_is_one(inspected: dict[str, Inspection]) -> None:
    stored = inspected["tf1-partitioned"].description.variables

    assert (stored.count, stored.trainable) == (2, 2)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("tf1-batchnorm", 'training   by the tag "train"'),
        ("tf2-batchnorm", "training   by the argument `training`"),
        ("tf1-text", "asset      vocabulary.txt, 23 bytes"),
        ("tf2-text", "asset      vocabulary.txt, 23 bytes"),
        ("tf2-slots", "2.2.4-tf, _tf_keras_sequential, compiled"),
        ("tf2-text", "1.13             cannot load: no call loaded a model of this format there"),
    ],
)
def test_what_is_shown(name: str, line: str, inspected: dict[str, Inspection]) -> None:
    assert line in "\n".join(lines_of(inspected[name]))


def test_spans_of_releases() -> None:
    assert spans(["2.1", "2.2", "2.4"], ["2.0", "2.1", "2.2", "2.3", "2.4"]) == "2.1 to 2.2, 2.4"
