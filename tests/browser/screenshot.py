"""Pictures the first screen of a report, for the README: `python -m tests.browser.screenshot [report] [picture]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.chromium import FLAGS, NoChromiumError, find_chromium

ROOT = Path(__file__).parents[2]
SIZE = ViewportSize(width=1280, height=880)


def take(browser: Browser, report: Path, picture: Path) -> None:
    """Opens the report and writes what fits on a desktop's first screen."""
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.goto(report.resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=picture)
    page.close()


def main(arguments: list[str]) -> int:
    """Takes the picture; says what is missing if it cannot."""
    report = Path(arguments[0]) if arguments else ROOT / "reports" / "index.html"
    picture = Path(arguments[1]) if len(arguments) > 1 else ROOT / "docs" / "report.png"
    if not report.exists():
        print(f"error: {report} does not exist. Render one first: `nox -s matrix` or `nox -s report`.", file=sys.stderr)
        return 2
    try:
        program = find_chromium()
    except NoChromiumError as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        take(playwright.chromium.launch(executable_path=program, args=list(FLAGS)), report, picture)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
