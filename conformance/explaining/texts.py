"""Reads what people paste: which of its parts can be an error's text, and which words that text consists of.

`matching.js` does the same in the report, from the same rules: they are data, and regular expressions that Python and
JavaScript understand alike. (Python compiles them with MULTILINE and ASCII, JavaScript with "gm".)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

# What differs from one meeting with an error to the next, and what takes its place, applied one after the other. What
# they leave is read by people as well.
VARYING: Sequence[tuple[str, str]] = (
    (r"\x1b\[[0-9;]*[A-Za-z]", ""),  # colours
    ("\r\n?|\u2028|\u2029", "\n"),
    ("[\u2018\u2019]", "'"),
    ("[\u201c\u201d]", '"'),
    # Frames: of Python, of AutoGraph before TF 2.7, of IPython, and the line of source that follows; carets below it.
    (
        r'^[^\n"]*File "[^"\n]*",? line \d+.*\n?'
        r"(?:[ \t]{4,}(?![\w.]*(?:Error|Exception): )[^ \t\n].*\n?)?"
        r"(?:[ \t]*[\^~]+[ \t]*$)?",
        "\n",
    ),
    (r"^[ \t]*[^ \t\n]+\.py:\d+ .*\n?(?:[ \t]{6,}[^ \t\n].*\n?)?", "\n"),
    (r"^[ \t]*(?:-+>[ \t]*)\d+ .*$", ""),
    (r"[a-z]+://[^ \t\n'\"<>)\]]+", "<url>"),
    (r"/?\b(?:job|replica|task|device):[\w*]+(?::\d+)?(?:/(?:job|replica|task|device):[\w*]+(?::\d+)?)*", "<device>"),
    (r"\b[A-Za-z]:\\[^ \t\n'\",;:()\[\]{}]+", "<path>"),
    (r"(?<![\w.<])~?/(?:[^ \t\n'\",;:()\[\]{}/]+/)*[^ \t\n'\",;:()\[\]{}/]*[\w-]", "<path>"),
    (r"\b0x[0-9a-fA-F]+\b", "0x..."),
)
# What says nothing about which error it is, taken out before texts are compared: the modules of classes, what Keras,
# AutoGraph and the executor wrap around an error, and the stand-ins of above.
UNTELLING: Sequence[str] = (
    r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Z]\w*(?:Error|Exception)\b)",
    r"\{\{(?:function_)?node[^}]*\}\}",
    r"\[Op:[^\]\n]*\](?:[ \t]*name:.*)?",
    r"Exception encountered when calling (?:layer|[\w.]+\(\))[^\n]*",
    r"(?:Call arguments|Arguments) received by [^\n]*(?:\n[ \t]*\u2022[^\n]*)*",
    r"Graph execution error:|Detected at node[^\n]*|^Node: [^\n]*|^[ \t]*in (?:user|converted) code:",
    r"Binding inputs to tf\.function failed due to|Received args: [^\n]*",
    r"Fallback to flat signature also failed due to:",
    r"_SignatureMap\(\{[^\n]*\}\)|<[\w.]+ object at 0x\.\.\.>|\[\.\.\. \d+ characters left out \.\.\.\]",
    r"<(?:url|path|device)>",
)
# Names in quotes weigh twice: it is they that tell "has no attribute 'x'" from "has no attribute 'y'".
QUOTED = r"['\"`]([A-Za-z_][\w.]*)['\"`]"
# Where the text of an error begins: its class, alone in front of a colon. "(Class) text" is how TensorFlow repeats it.
BEGINNING = r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Missing|Iteration)\b(?=:|$)"
# Where it ends at the latest.
END = r"^.*(?:Traceback \(most recent call last\)|During handling of the above|The above exception was).*$"
_FLAGS = re.MULTILINE | re.ASCII
_VARYING = tuple((re.compile(pattern, _FLAGS), stand_in) for pattern, stand_in in VARYING)
_UNTELLING = tuple(re.compile(pattern, _FLAGS) for pattern in UNTELLING)
_QUOTED = re.compile(QUOTED, _FLAGS)
_BEGINNING = re.compile(BEGINNING, _FLAGS)
_END = re.compile(END, _FLAGS)
_NO_WORD = re.compile(r"[^A-Za-z_]+", _FLAGS)
MOST_PARTS = 40  # of a long log the last ones
LONGEST_PART = 6_000  # characters


def steady(text: str) -> str:
    """The text with a stand-in for whatever differs from one meeting with the error to the next, but for numbers."""
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text


def comparable(text: str) -> str:
    """A steady text without what says nothing about which error it is."""
    for pattern in _UNTELLING:
        text = pattern.sub(" ", text)
    return text


def words(text: str) -> list[str]:
    """The words of a text in their order, in lower case; numbers, punctuation and single letters are none."""
    found = (word.strip("_").lower() for word in _NO_WORD.split(text))
    return [word for word in found if len(word) > 1]


def names(text: str) -> list[str]:
    """The names that stand in quotes, each with a mark that no word has."""
    return ["'" + ".".join(words(name)) for name in _QUOTED.findall(text)]


class Part(NamedTuple):
    """What can be the text of one error; `last`: no other error came after it."""

    text: str
    last: bool


def parts(text: str) -> list[Part]:
    """What of a steady text can be the text of one error: all of it, and from each class on (its first line, too)."""
    ends = [found.start() for found in _END.finditer(text)]
    found = [Part(text[-LONGEST_PART:], not ends)]
    for beginning in list(_BEGINNING.finditer(text))[-MOST_PARTS:]:
        start = beginning.start()
        end = next((end for end in ends if end >= start), len(text))
        part = text[start:end][:LONGEST_PART]
        found += (Part(part, end == len(text)), Part(part.split("\n", 1)[0], end == len(text)))
    return found
