"""Hostile texts, a hundred thousand observations, and a picture: what an ordinary run does not show."""

from __future__ import annotations

from pathlib import Path

import msgspec
from playwright.sync_api import Browser, Dialog, expect

from conformance.claims.catalogue import Catalogue
from conformance.evidence import Error
from conformance.results import ObservationRow, Results
from tests.browser import screenshot
from tests.browser.conftest import PHONE, Open, busy_until_ready, render

MANY = 100_000
ALERT = "<script>alert(1)</script>"
ESCAPE = f"</script><script>alert(1)</script><!-- {ALERT} <img src=x onerror=alert(1)> ${{alert(1)}} \u2028"


def test_hostile_texts_stay_texts(open_page: Open, full_matrix: Results, claims: Catalogue, tmp_path: Path) -> None:
    victim = next(row for row in full_matrix.observations if row.error)
    hostile = msgspec.structs.replace(
        victim,
        probe=f"probe[{ALERT}]",
        fixture=ALERT,
        steps=ESCAPE,
        notes=(ESCAPE,),
        error=Error(type=ESCAPE, message=ESCAPE, origin=ESCAPE, traceback=ESCAPE),
        reproduce=f"nox {ESCAPE}",
    )
    rows = (hostile, *(row for row in full_matrix.observations if row is not victim))
    file = tmp_path / "index.html"
    file.write_text(render(msgspec.structs.replace(full_matrix, observations=rows), claims), encoding="utf-8")
    page = open_page("#q=alert", file=file)
    alerts: list[Dialog] = []
    page.on("dialog", lambda dialog: alerts.append(dialog))
    row = page.locator(".observation").first
    row.locator("summary").first.click()
    expect(row.locator("summary").first).to_contain_text(f"probe[{ALERT}]")
    for part in ("Steps", "Notes", "Error", "Fixture", "Reproduce"):
        expect(row.locator("dl > div", has_text=part).first).to_contain_text(ALERT)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert not alerts


def test_a_hundred_thousand_observations_can_be_used(
    chromium: Browser, open_page: Open, full_matrix: Results, claims: Catalogue, tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    file.write_text(render(multiplied(full_matrix, MANY), claims), encoding="utf-8")
    assert file.stat().st_size < 5_000_000
    assert busy_until_ready(chromium, file) < 3
    page = open_page(file=file, size=PHONE)
    page.get_by_role("searchbox").fill("made-1")
    expect(page.locator("#count")).to_contain_text("of 100,000 observations match")
    page.locator(".observation summary").first.click()
    expect(page.locator(".observation .drill").first).to_contain_text("made-1")


def test_the_picture_for_the_readme(chromium: Browser, report_file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "docs" / "report.png"
    screenshot.take(chromium, report_file, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000


def test_no_picture_of_a_report_that_is_not_there(tmp_path: Path) -> None:
    assert screenshot.main([str(tmp_path / "index.html")]) == 2


def multiplied(run: Results, size: int) -> Results:
    """The run, as if each probe had been tried on many more models, with errors of their own."""
    rows: list[ObservationRow] = list(run.observations)
    number = 0
    while len(rows) < size:
        number += 1
        rows.extend(_on_model(row, number) for row in run.observations)
    return msgspec.structs.replace(run, observations=tuple(rows[:size]))


def _on_model(row: ObservationRow, number: int) -> ObservationRow:
    probe = f"{row.probe}@made-{number}"
    other = "".join(chr(97 + int(digit)) for digit in str(number))  # a number would count as the same error
    error = row.error and msgspec.structs.replace(row.error, message=f"{row.error.message} ({other})")
    return msgspec.structs.replace(
        row,
        probe=probe,
        fixture=f"made-{number}",
        error=error,
        seconds=row.seconds + number / 100,
        reproduce=row.reproduce.replace(row.probe, probe),
    )
