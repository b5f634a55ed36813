"""Where a format works, as publishers read it and as the badge of a model card says it."""

from __future__ import annotations

from conformance.cells import axis_of
from conformance.reporting.answers import ReleaseAnswer, ShortAnswer
from conformance.reporting.formats import format_rows
from conformance.reporting.model import Report
from conformance.words import Format, Operation


def test_neighbours_with_one_answer_are_one_span_and_the_badge_says_so_in_brief(report: Report) -> None:
    axis = axis_of(report.cells)

    def answers(operation: Operation, default: ShortAnswer, **others: ShortAnswer) -> list[ReleaseAnswer]:
        shorts = {release: others.get(f"v{release.replace('.', '_')}", default) for release in axis.releases}
        return [
            ReleaseAnswer(Format.TF1_HUB, operation, release, short, "A sentence.") for release, short in shorts.items()
        ]

    given = [
        *answers(Operation.LOAD, ShortAnswer.YES, v1_15=ShortAnswer.PARTLY),
        *answers(Operation.FINE_TUNE, ShortAnswer.LOSES, v1_13=ShortAnswer.YES, v1_14=ShortAnswer.YES),
    ]
    row, nothing = format_rows(given, axis)
    load, tune, create = row.cells
    assert [(bar.short, bar.when) for bar in load.bars] == [
        (ShortAnswer.YES, "1.13 to 1.14"),
        (ShortAnswer.PARTLY, "1.15"),
        (ShortAnswer.YES, "since 2.0"),
    ]
    assert [bar.when for bar in tune.bars] == ["1.13 to 1.14", "since 1.15"]
    assert create.bars == ()
    assert row.badge == "loads 1.13 to 1.14, in part 1.15, 2.0+; fine-tunes 1.13 to 1.14"
    assert (nothing.badge, nothing.badge_file) == ("not observed", "format-tf2-savedmodel")
