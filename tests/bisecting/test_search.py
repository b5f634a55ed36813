from __future__ import annotations

from conformance.bisecting.search import Side, first_change, most_answers


def test_nothing_is_asked_where_there_is_nothing_between() -> None:
    def ask(place: int) -> Side:
        raise AssertionError(place)

    assert first_change(1, ask) == (0, 1)
    assert most_answers(1) == 0


def test_what_is_announced_is_the_logarithm() -> None:
    assert [most_answers(last) for last in (2, 3, 4, 5, 8, 9, 1025)] == [1, 2, 2, 3, 3, 4, 11]
