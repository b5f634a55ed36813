from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.data_file import check_keys, load_toml, read_row, read_rows
from conformance.errors import DataError, ExitCode
from conformance.words import Keras, Mode

FILE = Path("data.toml")


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    mode: Mode = Mode.TF2
    flavours: tuple[Keras, ...] = ()


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.toml"
    path.write_text('schema = "things/1"\n[[thing]]\nid = "a"\nmode = "tf1"\nflavours = ["keras3"]\n')

    data = load_toml(path, "things/1")
    check_keys(path, data, {"thing"})

    assert read_rows(path, data, "thing", Thing) == (Thing("a", Mode.TF1, (Keras.KERAS3,)),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read"),
        ('schema = "things/1"\nbroken = ', "is not valid TOML"),
        ('schema = "things/2"', 'follows schema "things/2", but this version reads "things/1"'),
        ("", 'follows schema "None"'),
        (b"\xff\xfe", "can't decode byte"),
    ],
    ids=["missing", "broken", "newer", "without a schema", "not text"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes | None, complaint: str) -> None:
    path = tmp_path / "data.toml"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(DataError) as refused:
        load_toml(path, "things/1")

    assert complaint in str(refused.value)
    assert str(path) in refused.value.where
    assert refused.value.remedy
    assert refused.value.exit_code is ExitCode.USAGE


def test_a_misspelt_table_is_not_ignored_in_silence() -> None:
    with pytest.raises(DataError, match=r'`thnig` is not a known table or key\. Perhaps you meant "thing"\?'):
        check_keys(FILE, {"schema": "things/1", "thnig": []}, {"thing"})


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "a", "moed": "tf1"}, 'Perhaps you meant "mode"?'),
        ({"id": "a", "mode": "tf-1"}, 'Perhaps you meant "tf1"?'),
        ({"id": "a", "flavours": ["keras4"]}, 'Perhaps you meant "keras3"?'),
        ({"mode": "tf1"}, "missing required field `id`"),
        ({"id": 1}, "Expected `str`, got `int`"),
        ("a", "Expected `object`, got `str`"),
    ],
)
def test_a_broken_row_is_named_with_the_near_miss(row: object, complaint: str) -> None:
    with pytest.raises(DataError) as refused:
        read_rows(FILE, {"thing": [{"id": "sound"}, row]}, "thing", Thing)

    assert complaint in str(refused.value)
    assert "data.toml, [[thing]] number 2" in refused.value.where


def test_a_row_is_named_by_its_id_where_it_has_one() -> None:
    with pytest.raises(DataError, match=r'\[\[thing\]\] number 1 \("a"\)'):
        read_rows(FILE, {"thing": [{"id": "a", "colour": "red"}]}, "thing", Thing)


def test_a_table_that_should_be_an_array_of_tables() -> None:
    with pytest.raises(DataError, match=r"Write \[\[thing\]\]"):
        read_rows(FILE, {"thing": {"id": "a"}}, "thing", Thing)


def test_a_single_row_is_named_as_asked() -> None:
    with pytest.raises(DataError, match=r"data.toml, \[things.a\]"):
        read_row(FILE, "[things.a]", {}, Thing)
