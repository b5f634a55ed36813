"""Text from anywhere, made fit for a record."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from conformance.inside import text

ANY_TEXT = st.text(st.characters())  # lone surrogates included


@given(ANY_TEXT)
def test_clean_text_can_be_written_as_json_and_xml(anything: str) -> None:
    cleaned = text.clean(anything)
    assert json.loads(json.dumps(cleaned).encode("utf-8").decode("utf-8")) == cleaned
    element = ElementTree.Element("text")
    element.text = cleaned
    assert (ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8")).text or "") == cleaned


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(anything: str) -> None:
    assert text.clean(text.clean(anything)) == text.clean(anything)


def test_ordinary_text_stays() -> None:
    assert text.clean("fünf\n\t“quoted” <b> 😀") == "fünf\n\t“quoted” <b> 😀"


def test_what_makes_a_terminal_write_in_bold_is_dropped() -> None:
    assert text.clean("calling TFSMLayer.call().\n\x1b[1mBinding inputs failed\x1b[0m \x07") == (
        "calling TFSMLayer.call().\nBinding inputs failed \\x07"
    )


@given(ANY_TEXT, st.integers(2, 40))
def test_shortened_text_keeps_its_beginning_and_its_end(anything: str, longest: int) -> None:
    shortened = text.shorten(anything, longest)
    if len(anything) <= longest:
        assert shortened == anything
    else:
        assert shortened.startswith(anything[: longest // 2])
        assert shortened.endswith(anything[-(longest - longest // 2) :])


def test_ending() -> None:
    assert text.ending("abc", 3) == "abc"
    assert text.ending("abcd", 3) == "[...]\nbcd"
