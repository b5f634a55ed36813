"""What every HTML page of ours shares: one Jinja environment, the inlined assets, and what becomes a link."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from conformance.plain_text import printable
from conformance.reporting import legend
from conformance.reporting.answers import SHORT_WORDS
from conformance.reporting.deviations import by_cause
from conformance.reporting.headline import release_name
from conformance.reporting.timeline import MarkState

_TEMPLATES = files("conformance.reporting").joinpath("templates")
_MODULE_OF_ERROR = re.compile(r"^(?:conformance\.inside\.probe|tensorflow\.python\.framework\.errors_impl)\.")
_THREAD = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[\w.-]+)#(?P<number>\d+)")


@cache
def environment() -> Environment:
    """Our templates: all text is escaped and rid of what no page may hold, and a misspelt name is an error."""
    shared = Environment(
        loader=PackageLoader("conformance.reporting", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    shared.globals.update(
        legend=legend,
        state_words=legend.state_words,
        release_name=release_name,
        short_words=SHORT_WORDS,
        MarkState=MarkState,
    )
    shared.filters.update(
        brief=brief,
        capital=capital,
        by_cause=by_cause,
        day=day,
        plain_error=lambda line: _MODULE_OF_ERROR.sub("", line),
        rstrip=lambda text: text.rstrip("."),
        urlencode=urlencode,
        web_address=web_address,
    )
    return shared


def inlined(*names: str) -> Markup:
    """Files of ours, one after the other, as they become part of a page."""
    text = "".join(_TEMPLATES.joinpath(*name.split("/")).read_text(encoding="utf-8") for name in names)
    return Markup(text)  # noqa: S704 - ours, not a reader's


def policy_hash(text: str) -> str:
    """An inline element's content as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def web_address(text: str) -> str:
    """Where to link to: the text itself if it is an address, a thread written as owner/name#number, or else nothing.

    No other scheme becomes a link.
    """
    if thread := _THREAD.fullmatch(text):
        return f"https://github.com/{thread['repository']}/issues/{thread['number']}"  # leads to pull requests as well
    return text if text.startswith("https://") else ""


def brief(address: str) -> str:
    """An issue's address as people write it: owner/name#number."""
    parts = address.removeprefix("https://").split("/")
    is_thread = len(parts) == 5 and parts[0] == "github.com" and parts[3] in ("issues", "pull")
    return f"{parts[1]}/{parts[2]}#{parts[4]}" if is_thread else address


def capital(text: str) -> str:
    """A text as the beginning of a sentence; the name of a package or of a call stays as it is written in Python."""
    first = text.partition(" ")[0]
    return text if set("_(=") & set(first) or "." in first[:-1] else text[:1].upper() + text[1:]


def day(moment: str) -> str:
    """A moment as a reader would write it, or as it came if it is none."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{parsed.astimezone(UTC) if parsed.tzinfo else parsed:%Y-%m-%d %H:%M} UTC"


def _finalize(value: object) -> object:
    """Takes out what no page may hold before autoescape turns the rest into text; markup of ours stays as it is."""
    return printable(value) if type(value) is str else value
