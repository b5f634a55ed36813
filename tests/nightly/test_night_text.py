from __future__ import annotations

import msgspec
import pytest

from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import ExitCode
from conformance.json_file import json_schema
from conformance.night import SCHEMA, Night, exit_code
from conformance.reporting.night_text import LIMIT, headline, render_markdown, render_text
from conformance.words import Outcome
from tests.nightly.fakes import CANDIDATE, HUB_NIGHTLY, NIGHTLY, PROBES, REFERENCE, WORKING, Defect, Nights

FIRST, SECOND = "2026-10-18", "2026-10-19"


@pytest.fixture
def eventful(nights: Nights) -> Night:
    """A night with something of everything."""
    driver = nights.driver
    driver.outcomes = {(CANDIDATE, "one"): Outcome.FAILED, (NIGHTLY, "two"): Outcome.FAILED}
    nights.run(FIRST)
    driver.outcomes = {
        (CANDIDATE, "one"): Outcome.FAILED,
        (NIGHTLY, "one"): Outcome.CRASHED,
        (REFERENCE, "two"): Outcome.FAILED,
    }
    driver.repeats[REFERENCE, "two"] = [Outcome.WORKS, Outcome.WORKS]
    driver.unavailable[HUB_NIGHTLY] = "<script>alert(1)</script> `code` **bold**"
    driver.versions["numpy"] = "2.1"
    driver.unpinned_install = WORKING
    return nights.run(SECOND).night


def text_of(night: Night) -> str:
    return render_text(night, exit_code(night))


def test_the_headline_counts_what_asks_for_somebody(eventful: Night) -> None:
    assert headline(eventful) == (
        "The night of 2026-10-19: regressions: 1 new, 1 standing, 1 flaky, 1 fixed; 1 of 8 cells not measured. "
        "Compared with tf2.16-hub0.16 and with 2026-10-18."
    )


def test_a_quiet_night_says_so(nights: Nights) -> None:
    assert headline(nights.run(FIRST).night) == (
        "The night of 2026-10-18: no regression. Compared with tf2.16-hub0.16 and with no earlier night."
    )


def test_everything_is_reported_the_most_urgent_first(eventful: Night) -> None:
    text = text_of(eventful)

    sections = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert sections[1:] == [
        "New regressions, confirmed by a repeat",
        "Regressions that still stand, and that nobody has reviewed",
        "Flaky: a repeat saw something else, so this is no alarm",
        "Fixed since the night before",
        "Changed otherwise",
        "Not measured",
        "Packages",
        "The unpinned install (no part of the page's verdicts)",
        "To see it for yourself, and to find the wheel that brought it",
        "Exit code 1: a confirmed regression that nobody has reviewed.",
    ]
    assert f"one: works → crashed, crashed (this night, then its repeats); ValueError: no ({NIGHTLY}; worse" in text
    assert "since 2026-10-18" in text
    assert "two: works → failed, works, works" in text
    assert f"nox -s bisect -- one {NIGHTLY} --from 2.16" in text
    assert (
        "tfrc-hub0.16, tfnightly-hub0.16, tfnightly-hubnightly since the night of 2026-10-18: numpy 2.0 → 2.1" in text
    )
    assert "tf2.16-hub0.16: every package as in the night of 2026-10-18" in text
    assert (
        "pip install tensorflow tensorflow_hub on Python 3.13 imports (works again, compared with 2026-10-18)" in text
    )
    assert len(text.splitlines()) < 60


def test_foreign_text_is_code_in_the_markdown(eventful: Night) -> None:
    markdown = render_markdown(eventful, ExitCode.UNEXPECTED)

    assert "`<script>alert(1)</script> 'code' **bold**`" in markdown
    assert markdown.startswith("# The night of 2026-10-19")


def test_a_finding_is_reported_with_its_review_and_what_could_not_be_seen(eventful: Night) -> None:
    findings = [msgspec.structs.replace(one, reviewed="keras3", note="the disk is full.") for one in eventful.findings]
    text = text_of(msgspec.structs.replace(eventful, findings=tuple(findings)))
    assert "reviewed: keras3; the disk is full." in text


def test_what_is_left_out_is_counted(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(f"probe{number}" for number in range(LIMIT + 3))
    monkeypatch.setattr("tests.nightly.fakes.PROBES", many)
    nights.driver.outcomes = {(NIGHTLY, probe): Outcome.FAILED for probe in many}

    night = nights.run(FIRST).night

    assert len(night.findings) == LIMIT + 3
    assert "... and 3 more in night.json" in text_of(night)
    assert "- ... and 3 more in `night.json`" in render_markdown(night, ExitCode.UNEXPECTED)


def test_cells_with_one_and_the_same_regression_are_reported_together(nights: Nights) -> None:
    nights.driver.outcomes = {(cell, PROBES[0]): Outcome.FAILED for cell in (NIGHTLY, HUB_NIGHTLY)}

    text = text_of(nights.run(FIRST).night)

    assert text.count("works → failed") == 1
    assert f"{NIGHTLY}, {HUB_NIGHTLY}" in text


def test_new_probes_are_counted_and_lost_ones_are_named(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.run(FIRST)
    monkeypatch.setattr("tests.nightly.fakes.PROBES", ("one", "three"))

    text = text_of(nights.run(SECOND).night)

    assert "4 observations of probes that the night before did not have" in text
    assert f"missing: two: works → none ({NIGHTLY})" in text
    assert "three" not in text


def test_no_bisection_is_proposed_where_none_is_possible(nights: Nights) -> None:
    nights.driver.outcomes[HUB_NIGHTLY, "one"] = Outcome.FAILED

    text = text_of(nights.run(FIRST).night)

    assert f'nox -s "cell({HUB_NIGHTLY})"' in text
    assert "nox -s bisect" not in text


def test_a_unpinned_install_that_was_not_observed_says_why(nights: Nights) -> None:
    nights.driver.unpinned_install = UnpinnedInstall("3.13", unobserved="plain: the package index cannot be reached.")

    text = text_of(nights.run(FIRST).night)

    assert "was not observed: plain: the package index cannot be reached." in text
    assert "Exit code 4" in text


def test_an_incomplete_night_is_not_called_quiet(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INDEX_UNREACHABLE)

    assert "cells not measured" in headline(nights.run(FIRST).night)


def test_the_schema_describes_the_night(eventful: Night) -> None:
    schema = json_schema(Night, SCHEMA)

    assert schema["title"] == schema["$defs"]["Night"]["properties"]["schema"]["const"] == eventful.schema
    assert set(schema["$defs"]["Night"]["properties"]) == set(msgspec.to_builtins(eventful))
