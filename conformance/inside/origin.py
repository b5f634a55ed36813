"""Whom an error comes from: the package whose code raised it, found from the frames of a traceback."""

from __future__ import annotations

import linecache
import re
import textwrap
from types import TracebackType
from typing import Iterator, NamedTuple, Sequence

PROBE = "probe"

_PACKAGES = {
    "tensorflow_core": "tensorflow",  # what TF 1.15 to 2.1 keep their code in
    "_pytest": PROBE,
    "pytest": PROBE,
    "pluggy": PROBE,
    "hypothesis": PROBE,
    "conformance": PROBE,
}
_CHECKS = "/numpy/testing/"  # assert_allclose and its like: called by probes, never by TensorFlow
_INSTALLED = re.compile(r"/(?:site|dist)-packages/(?P<package>[^/]+?)(?:\.py|\.so)?(?:/|$)")
_OWN = re.compile(r"/conformance/inside/|/test_[^/]*\.py$|/conftest\.py$")

_AUTOGRAPH = re.compile(r"^\s*in (?:user|converted) code:$", re.MULTILINE)
_AUTOGRAPH_ROOT = re.compile(r"^\s*relative to (?P<root>.+):$", re.MULTILINE)
# '    File "a/b.py", line 3, in f  *' since TF 2.7, and before '    a/b.py:3 f  *'; the source line comes next.
_AUTOGRAPH_FRAME = re.compile(
    r'^\s+(?:File "(?P<path>[^"\n]+)", line \d+, in .*|(?P<old_path>\S+\.py):\d+ .*)\n.*\n?', re.MULTILINE
)
# '  File "a/b.py", line 3 in f', as faulthandler writes it.
_DUMPED_FRAME = re.compile(r'^  File "(?P<path>[^"\n]+)", line (?P<line>\d+) in (?P<function>.*)$', re.MULTILINE)
_LEADING_FOLDERS = re.compile(r"^.*/(?:site-packages|dist-packages|lib/python[\d.]+)/|^.*/(?=conformance/inside/)")
_DUMPED_THREAD = re.compile(r"^(?:Current thread|Thread) .*:$", re.MULTILINE)


class Frame(NamedTuple):
    """One entry of a traceback."""

    path: str
    line: int
    function: str


def frames_of(traceback: TracebackType | None) -> list[Frame]:
    """The frames of a traceback, innermost last."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(Frame(code.co_filename.replace("\\", "/"), traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return frames


def package_of(path: str) -> str:
    """The package that a source file belongs to; "" for the standard library and generated code."""
    path = path.replace("\\", "/")
    if _CHECKS in path:
        return PROBE
    found = _INSTALLED.search(path)
    if found:
        return package_named(found["package"])
    return PROBE if _OWN.search(path) else ""


def package_named(name: str) -> str:
    """The package that the top-level module `name` counts as."""
    return _PACKAGES.get(name, name)


def origin_of(error: BaseException, text: str) -> str:
    """The package whose code raised `error`, whose text is `text`; AutoGraph hides the frames in that text."""
    hidden = [package for package in map(package_of, autograph_paths(text)) if package]
    if hidden:
        return hidden[-1]
    return innermost_package(frames_of(error.__traceback__))


def is_test_code(path: str) -> bool:
    """Whether a source file is one of ours, and not of the test runner's."""
    return _INSTALLED.search(path) is None and _OWN.search(path) is not None


def innermost_package(frames: Sequence[Frame]) -> str:
    """The package of the innermost frame that belongs to one."""
    known = [package for package in (package_of(frame.path) for frame in frames) if package]
    return known[-1] if known else PROBE


def frames_of_dump(dump: str) -> list[Frame]:
    """The frames of the thread that crashed, or else of the one that runs the probe, as faulthandler wrote them."""
    stacks = []
    for title, stack in _threads_of_dump(dump):
        frames = [
            Frame(found["path"], int(found["line"]), found["function"]) for found in _DUMPED_FRAME.finditer(stack)
        ]
        if title.startswith("Current"):
            return frames[::-1]
        stacks.append(frames[::-1])
    ours = (frames for frames in stacks if any(is_test_code(frame.path) for frame in frames))
    return next(ours, stacks[-1] if stacks else [])


def show(frames: Sequence[Frame]) -> str:
    """Frames for a reader, innermost last: those from our own code on, and no folder of this machine."""
    first = next((number for number, frame in enumerate(frames) if is_test_code(frame.path)), 0)
    return "\n".join(_show(frame) for frame in frames[first:])


def autograph_paths(text: str) -> list[str]:
    """The source files that AutoGraph lists in the text of an error it passes on, innermost last."""
    if not _AUTOGRAPH.search(text):
        return []
    root = _AUTOGRAPH_ROOT.search(text)
    base = root["root"] + "/" if root else ""
    paths = [found["path"] or found["old_path"] for found in _AUTOGRAPH_FRAME.finditer(text)]
    return [path if path.startswith("/") else base + path for path in paths]


def autograph_cause(text: str) -> str:
    """The text of the error that AutoGraph passed on, without the frames it lists; `text` itself if it lists none."""
    frames = list(_AUTOGRAPH_FRAME.finditer(text)) if _AUTOGRAPH.search(text) else []
    return textwrap.dedent(text[frames[-1].end() :]).strip() or text if frames else text


def _threads_of_dump(dump: str) -> Iterator[tuple[str, str]]:
    titles = list(_DUMPED_THREAD.finditer(dump))
    ends = [title.start() for title in titles[1:]] + [len(dump)]
    for title, end in zip(titles, ends):
        yield title.group(), dump[title.end() : end]


def _show(frame: Frame) -> str:
    source = linecache.getline(frame.path, frame.line).strip()
    place = _LEADING_FOLDERS.sub("", frame.path)
    return "{}:{} in {}".format(place, frame.line, frame.function) + ("\n    " + source if source else "")
