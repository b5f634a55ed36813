"""Foreign text within Markdown, so that nothing in it is taken for markup."""

from __future__ import annotations

import html
import re

from conformance.plain_text import printable

_MARKDOWN = re.compile(r"([\\`*_\[\]#|~])")


def text(value: str) -> str:
    """Foreign text in one line, with nothing left that Markdown or HTML would act on."""
    line = " ".join(printable(value).split())
    return _MARKDOWN.sub(r"\\\1", html.escape(line, quote=False))


def code(value: str) -> str:
    """Foreign text as an inline code span that it cannot break out of, also within a table."""
    line = " ".join(printable(value).split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"
