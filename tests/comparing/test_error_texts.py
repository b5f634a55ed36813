from __future__ import annotations

from conformance.comparing.error_texts import alike_but_for_numbers, one_line
from conformance.evidence import Error


def test_one_line_folds_and_shortens() -> None:
    assert one_line(Error("E", "a\n  b", "hub")) == "E: a b"
    assert one_line(Error("E", "", "hub")) == "E"
    assert len(one_line(Error("E", "x" * 500, "hub"))) < 170


def test_addresses_folders_and_numbers_make_no_difference_and_words_do() -> None:
    one = alike_but_for_numbers("object at 0x7f00aa in /tmp/a1/cells/x/file.py: layer_7")
    assert one == alike_but_for_numbers("object at 0x7f11bb in /tmp/b2/cells/y/file.py: layer_9")
    assert one != alike_but_for_numbers("object at 0x7f11bb in /tmp/b2/cells/y/file.py: node_9")
