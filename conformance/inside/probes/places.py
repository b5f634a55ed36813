"""How a model's place is spelled, and what lies there, as data: each makes one of a folder with a model in it.

A row takes the model's folder, an empty folder of its own and pytest's monkeypatch, and gives the handle.
"""

import os
import pathlib
import shutil
import tarfile


def _copied(name):
    def make(model, folder, monkeypatch):
        return shutil.copytree(model, os.path.join(folder, name))

    return make


def _relative(model, folder, monkeypatch):
    monkeypatch.chdir(os.path.dirname(model))
    return os.path.basename(model)


def _link(model, folder, monkeypatch):
    link = os.path.join(folder, "link")
    os.symlink(model, link)
    return link


def _links(model, folder, monkeypatch):
    """Each file is a link to another place, as caches that keep a file once make them."""
    place = os.path.join(folder, "links")
    for where, _, names in os.walk(model):
        inside = os.path.join(place, os.path.relpath(where, model))
        os.makedirs(inside)
        for name in names:
            os.symlink(os.path.join(where, name), os.path.join(inside, name))
    return place


def _archive(model, folder, monkeypatch):
    path = os.path.join(folder, "model.tar.gz")
    with tarfile.open(path, "w:gz") as file:
        file.add(model, arcname=".")
    return path


def _home(model, folder, monkeypatch):
    monkeypatch.setenv("HOME", os.path.dirname(model))
    return "~/" + os.path.basename(model)


TAKEN = {
    "slash-at-end": lambda model, folder, monkeypatch: model + "/",
    "relative": _relative,
    "dots": lambda model, folder, monkeypatch: os.path.join(model, "..", ".", os.path.basename(model)),
    "blanks": _copied("my model (1)"),
    "brackets": _copied("model[1]*"),
    "percent": _copied("model%20a"),
    "unicode": _copied("mod\u00e8le-\u6a21\u578b"),
    "link": _link,
    "links": _links,
    "file-scheme": lambda model, folder, monkeypatch: "file://" + model,
}
REFUSED = {
    "saved-model-file": lambda model, folder, monkeypatch: os.path.join(model, "saved_model.pb"),
    "folder-above": lambda model, folder, monkeypatch: os.path.dirname(model),
    "variables": lambda model, folder, monkeypatch: os.path.join(model, "variables"),
    "home": _home,
    "archive": _archive,
    "empty-text": lambda model, folder, monkeypatch: "",
    "path-object": lambda model, folder, monkeypatch: pathlib.Path(model),
}
