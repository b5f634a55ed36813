from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.bisecting.search import Side, first_change, most_answers


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, int, frozenset[int]]:
    """The last place, the first that has changed, and the gaps between the ends."""
    last = draw(st.integers(1, 300))
    changed = draw(st.integers(1, last))
    gaps = draw(st.frozensets(st.integers(1, last - 1))) if last > 1 else frozenset[int]()
    return last, changed, gaps


@given(histories())
def test_the_change_is_found_within_what_was_announced(history: tuple[int, int, frozenset[int]]) -> None:
    last, changed, gaps = history
    asked: list[int] = []

    def ask(place: int) -> Side:
        asked.append(place)
        if place in gaps:
            return Side.UNKNOWN
        return Side.CHANGED if place >= changed else Side.AS_BEFORE

    before, after = first_change(last, ask)

    assert before < changed <= after
    assert before not in gaps
    assert after not in gaps
    assert set(range(before + 1, after)) <= gaps & set(asked)
    assert len(asked) == len(set(asked))
    assert len(set(asked) - gaps) <= most_answers(last)


def test_nothing_is_asked_where_there_is_nothing_between() -> None:
    def ask(place: int) -> Side:
        raise AssertionError(place)

    assert first_change(1, ask) == (0, 1)
    assert most_answers(1) == 0


def test_what_is_announced_is_the_logarithm() -> None:
    assert [most_answers(last) for last in (2, 3, 4, 5, 8, 9, 1025)] == [1, 2, 2, 3, 3, 4, 11]
