"""What can happen to the files of a model: the parts that a model has, and what is done to one of them."""

import os
import shutil

# What Git leaves of a large file where Git LFS is not installed.
POINTER = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""


def _missing(path):
    os.remove(path)


def _empty(path):
    _write(path, b"")


def _truncated(path):
    with open(path, "rb") as file:
        whole = file.read()
    _write(path, whole[: len(whole) // 2])


def _pointer(path):
    _write(path, POINTER)


def _unreadable(path):
    """A folder in its place: unlike a file without permissions, nobody can read it, not even root."""
    os.remove(path)
    os.mkdir(path)


DAMAGES = {
    "missing": _missing,
    "empty": _empty,
    "truncated": _truncated,
    "pointer": _pointer,
    "unreadable": _unreadable,
}

# The parts of a model: a part of the path of its file, and how an error that is clear names it.
PARTS = {
    "graph": "saved_model.pb",
    "marker": "tfhub_module.pb",
    "index": os.path.join("variables", "variables.index"),
    "data": os.path.join("variables", "variables.data-"),
    "asset": "assets" + os.sep,
}
NAMED_BY = {
    "graph": "saved_model.pb",
    "marker": "tfhub_module.pb",
    "index": "variables/variables",
    "data": "variables/variables",
    "asset": "assets/",
}


def copy(handle, folder):
    """A copy of the model at `handle` in `folder`, which must not be there."""
    shutil.copytree(handle, folder)
    return folder


def do(folder, part, damage):
    """Does the damage to a part of the model in `folder`."""
    [path] = [path for path in _files(folder) if PARTS[part] in path]
    DAMAGES[damage](path)


def _files(folder):
    return [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]


def _write(path, content):
    with open(path, "wb") as file:
        file.write(content)
