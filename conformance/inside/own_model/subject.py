"""The user's model, as the host describes it in a file: where it lies, what can be tried on it, with which inputs."""

from __future__ import annotations

import json
import os
from typing import Any

MODEL_VARIABLE = "CONFORMANCE_MODEL"  # names the file


class ModelUnderTest:
    """The model under test.

    Attributes:
        path: of a copy of it.
        values: the folder into which each cell writes what the model computed.
        inputs: the .npz file with the inputs that the user gave; "" where there is none.
        texts: what those are that the model takes: `content` is "sentence", "image" or "example", whose `features` each
            have a `name`, `dtype` and `size`; with `images`, those of text hold images.
        forms: what can be tried; each is a dict of `kind` (the name of the probe), `id`, `modes`, `keras`, and what
            that probe needs to know.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.path = str(raw["path"])
        self.values = str(raw["values"])
        self.inputs = str(raw["inputs"])
        self.texts: dict[str, Any] = raw["texts"]
        self.forms: list[dict[str, Any]] = raw["forms"]

    def forms_of(self, kind: str, mode: str, keras: str) -> list[dict[str, Any]]:
        """What the probe `kind` has to try in such a cell."""
        return [
            form for form in self.forms if form["kind"] == kind and mode in form["modes"] and keras in form["keras"]
        ]


def asked_for() -> ModelUnderTest:
    """The model that the host asks about.

    Raises:
        OSError, KeyError, ValueError: it asks about none, or by a file that is none.
    """
    with open(os.environ[MODEL_VARIABLE], encoding="utf-8") as file:
        return ModelUnderTest(json.load(file))
