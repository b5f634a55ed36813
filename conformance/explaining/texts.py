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
_TO_THE_NEXT_ERROR = (
    r"[\s\S]*?(?=^[^\n]*(?:During handling of the above|The above exception was|Traceback \(most recent call last\))"
    r"|^(?:[A-Za-z_]\w*\.)*[A-Z]\w*Error(?: \(see above for traceback\))?: |(?![\s\S]))"
)
VARYING: Sequence[tuple[str, str]] = (
    (r"\x1b\[[0-9;]*[A-Za-z]", ""),  # colours
    ("\r\n?|\u2028|\u2029", "\n"),
    ("[\u2018\u2019]", "'"),
    ("[\u201c\u201d]", '"'),
    # What the recorder of the probes left out of the middle of a long text, with the lines that it cut through.
    (r"^[^\n]*\n\[\.\.\. \d+ characters left out \.\.\.\][ \t]*\n[^\n]*(?:\n[ \t]{4,}[^ \t\n].*)?$", ""),
    (r"[.:]? Did you mean:? [^\n]*\?$", ""),  # Python's guess at a name
    # Frames: of Python, of AutoGraph before TF 2.7, of IPython, and the line of source that follows; carets below it.
    (
        r'^[^\n"]{0,80}File "[^"\n]*",? line \d+(?:(?![A-Z]\w*(?:Error|Exception): ).)*\n?'
        r"(?:[ \t]{4,}(?![\w.]*(?:Error|Exception): )[^ \t\n].*\n?)?"
        r"(?:[ \t]*[\^~]+[ \t]*$)?",
        "\n",
    ),
    (r"^[ \t]*[^ \t\n]+\.py:\d+ .*\n?(?:[ \t]{6,}[^ \t\n].*\n?)?", "\n"),
    (r"^[ \t]*(?:-+>[ \t]*)\d+ .*$", ""),
    # Where TensorFlow says that an op of a graph was made; the name of the op stays.
    (r"^[ \t]*(?:Caused by op|Original stack trace for) " + _TO_THE_NEXT_ERROR, ""),
    (r"^[ \t]*Errors may have originated from an input operation\." + _TO_THE_NEXT_ERROR, ""),
    (r"^[ \t]*Function call stack:\n[^\n]*(?:\n(?=[^\n]* -> )[^\n]*)*", ""),
    (r"Detected at node '?[\w./-]+'? defined at \(most recent call last\):(?:[ \t\n]*<stack traces unavailable>)?", ""),
    (r"^[ \t]*Node: '[^'\n]*'$", ""),
    (r"[ \t\n]*\((?:defined|see) (?:at|above) [^)\n]*\)", ""),
    (r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n"),
    (r"[a-z]+://[^ \t\n'\"<>)\]]+", "<url>"),
    (r"/?\b(?:job|replica|task|device):[\w*]+(?::\d+)?(?:/(?:job|replica|task|device):[\w*]+(?::\d+)?)*", "<device>"),
    (r"\b[A-Za-z]:\\[^ \t\n'\",;:()\[\]{}]+", "<path>"),
    (r"(?<![\w.<])~?/(?:[^ \t\n'\",;:()\[\]{}/]+/)*[^ \t\n'\",;:()\[\]{}/]*[\w-]", "<path>"),
    (r"\b0x[0-9a-fA-F]+\b", "0x..."),
    (r"\b_?api\._?v[12]\.", ""),  # where TensorFlow keeps its own names: tensorflow._api.v2.compat.v1
)
# What says nothing about which error it is, taken out before texts are compared: the modules of classes, what Keras,
# AutoGraph and the executor wrap around an error, and the stand-ins of above.
UNTELLING: Sequence[str] = (
    r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Z]\w*(?:Error|Exception)\b)",
    r"\{\{(?:function_)?node[^}]*\}\}|\[\[(?:\{\{)?(?:function_)?node[^\]]*\]\]",
    r"\[Op:[^\]\n]*\](?:[ \t]*name:.*)?",
    r"Exception encountered when calling (?:layer ['\"][^'\"\n]*['\"][^(\n]{0,40}\(type \w+\)|[\w.]+\(\))\.?",
    r"(?:Call arguments|Arguments) received by [^\n]*(?:\n[ \t]*\u2022[^\n]*)*",
    r"Graph execution error:|^[ \t]*in (?:user|converted) code:",
    r"<tf\.\w+[^<>]*>|Received args: [^\n]*",
    r"Fallback to flat signature also failed due to:",
    r"_SignatureMap\(\{[^\n]*\}\)|<[\w.]+ object at 0x\.\.\.>|\[\.\.\. \d+ characters left out \.\.\.\]",
    r"(?:If|You may be) trying to load on a different device from the computational device[^\n]*",
    r"(?<=certificate verify failed: )[^(\n]+",  # self-signed, expired, of an issuer that is not known
    r"(?<=in binary running on )[^ \t\n]+",
    r"Note that if you are loading a saved graph which used ops from tf\.contrib[^\n]*",
    r"<(?:url|path|device)>",
    r"\b\w+>(?=[A-Z]\w*\b)",  # the package under which Keras registered a class: Custom>KerasLayer
)
# What is said in one way in the place of another, before texts are compared; "$1" stands for a group.
SAID_OTHERWISE: Sequence[tuple[str, str]] = (
    (
        r"ImportError: cannot import name '(\w+)' from '([\w.]+)'(?: \([^)\n]*\))?",
        "AttributeError: module '$2' has no attribute '$1'",
    ),
    (r"(?:\w+\.)*URLError: <urlopen error (\[SSL: [^\n>]*)>?", "ssl.SSLCertVerificationError: $1"),
    # Which arguments depends on the model.
    (r"\b\w+\([^()\n]*\) missing required arguments: [^\n]*", "signature missing required arguments"),
)
# Names in quotes weigh twice: it is they that tell "has no attribute 'x'" from "has no attribute 'y'". There is a blank
# before one where the package of a registered class or op was taken out.
QUOTED = r"['\"`] ?([A-Za-z_][\w.]*)['\"`]"
# Where the text of an error begins: its class, alone in front of a colon. "(Class) text" is how TensorFlow repeats it.
BEGINNING = r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Missing|Iteration)\b(?=:|$)"
# Where it may begin if no class is named; a text that begins in the middle of a sentence is a piece of one.
LINE = r"^[ \t>]*\w|^[ \t>]*['\"`<]"
WHOLE_LINE = r"^\s*(?:[A-Z]|['\"`<])"
# Where it ends at the latest.
END = r"^.*(?:Traceback \(most recent call last\)|During handling of the above|The above exception was).*$"
# The op that a user called, in the text of its error; in a function of a model, its name has underscores in front.
OP = r"\[Op:[A-Za-z]\w*\]"
SHORT = 3  # words: a line of so few says nothing, and the headline goes on in the next one
BEGINNING_WORDS = 4  # of a known text, its class aside, which a text has to have
WITHIN = 13  # among its first words, its class included
# What speaks of a model of TF Hub, in an error's text or in the program and the frames that are pasted with it.
OF_HUB = (
    r"\bhub\b|tensorflow_hub|KerasLayer|TFSMLayer|[Ss]aved_?[Mm]odel|\b[Ss]ignatures\b|[Mm]eta_?[Gg]raph|[Mm]eta graph"
    r"|_UserObject|AutoTrackable|[Ee]stimator|pkg_resources|tf_keras|\bmodule\w*/|module specs?\b|serving_default"
)
OF_TENSORFLOW = r"tensorflow|tf[-_]"
_FLAGS = re.MULTILINE | re.ASCII
_VARYING = tuple((re.compile(pattern, _FLAGS), stand_in) for pattern, stand_in in VARYING)
_SAID_OTHERWISE = tuple((re.compile(said, _FLAGS), said_as.replace("$", "\\")) for said, said_as in SAID_OTHERWISE)
_UNTELLING = tuple(re.compile(pattern, _FLAGS) for pattern in UNTELLING)
_QUOTED = re.compile(QUOTED, _FLAGS)
_BEGINNING = re.compile(BEGINNING, _FLAGS)
_LINE = re.compile(LINE, _FLAGS)
_WHOLE_LINE = re.compile(WHOLE_LINE, _FLAGS)
_END = re.compile(END, _FLAGS)
_OP = re.compile(OP, _FLAGS)
_OF_HUB = re.compile(OF_HUB, _FLAGS)
_NO_WORD = re.compile(r"[^A-Za-z_]+", _FLAGS)
MOST_PARTS = 40  # of a long log the last ones
LONGEST_PART = 6_000  # characters


def steady(text: str) -> str:
    """The text with a stand-in for whatever differs from one meeting with the error to the next, but for numbers."""
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text


def comparable(text: str) -> str:
    """A steady text without what says nothing about which error it is, and with one wording for what has several."""
    for pattern, stand_in in _SAID_OTHERWISE:
        text = pattern.sub(stand_in, text)
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


def headline(text: str) -> str:
    """The first line of a text that says something."""
    lines = [line for line in text.split("\n") if words(line)]
    return " ".join(lines[: 2 if lines and len(words(lines[0])) <= SHORT else 1])


def words_of_class(text: str) -> int:
    """How many of a known text's first words are its class."""
    named = _BEGINNING.match(text.lstrip())
    return len(words(named[0])) if named else 0


def beginning(text: str) -> list[str]:
    """The first words of a known text, its class aside."""
    return words(text)[words_of_class(text) :][:BEGINNING_WORDS]


def names_op(text: str) -> bool:
    """Whether it is the error of an op which the user called."""
    return _OP.search(text) is not None


def _begins_a_line(text: str) -> bool:
    return _WHOLE_LINE.match(text) is not None


def speaks_of_hub(text: str) -> bool:
    """Whether a text names what belongs to TF Hub and its models."""
    return _OF_HUB.search(text) is not None


def speaks_of_tensorflow(text: str) -> bool:
    """Whether a text names TensorFlow or a package of it."""
    return re.search(OF_TENSORFLOW, text) is not None


class Part(NamedTuple):
    """What can be the text of one error.

    Attributes:
        last: no other error came after it.
        begins: where an error's text may begin.
        cut: it goes on in the text.
        around: other things may stand before and behind the error's text.
    """

    text: str
    last: bool
    begins: bool
    cut: bool
    around: bool = False


def parts(text: str) -> list[Part]:
    """What of a steady text can be the text of one error.

    That is all of it, and from each class on (where it names none, from each line on) with its first line.
    """
    ends = [found.start() for found in _END.finditer(text)]
    beginnings = list(_BEGINNING.finditer(text))
    whole = Part(
        text[-LONGEST_PART:], not ends, begins=False, cut=False, around=bool(beginnings) or _begins_a_line(text)
    )
    found = [whole]
    for named in (beginnings or list(_LINE.finditer(text)))[-MOST_PARTS:]:
        start = named.start()
        end = next((end for end in ends if end >= start), len(text))
        part = text[start:end][:LONGEST_PART]
        last = end == len(text)
        found += (Part(part, last, begins=True, cut=False), Part(part.split("\n", 1)[0], last, begins=True, cut=True))
    return found


def class_of(part: str) -> str:
    """The class that a part begins with, without its modules; "" where it begins with none."""
    named = _BEGINNING.match(part)
    return named[0].rpartition(".")[2] if named else ""
