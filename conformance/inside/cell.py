"""What the host asks of this environment: the cell under test, and which of the probes are wanted."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from conformance.words import Keras, Mode

# The variables that name the files by which the host and the inside meet: what is asked for; what was collected.
CELL_VARIABLE = "CONFORMANCE_CELL"
COLLECTED_VARIABLE = "CONFORMANCE_COLLECTED"


class CellError(Exception):
    """The host's description of the cell is missing or is not one."""


class CellUnderTest(NamedTuple):
    """What a probe may know of its cell: the fixture `cell`.

    Golden models and generated examples are not part of it. A probe asks for them by the fixtures `handle`, `models`
    and `examples`, because the host counts who does: a probe is tried again when what it asks for has changed.
    """

    name: str
    mode: Mode
    keras: Keras
    timeout: float


class CellRequest:
    """The cell under test, as the host describes it.

    Attributes:
        record: path of the record to append to.
        name: id of the cell.
        mode: how TensorFlow is to be set up.
        keras: which Keras `tf.keras` is to be.
        claims: ids of the claims to try.
        probes: globs of the probes that are wanted; None where all are.
        observed: ids of the probes that are not, because what they show is known.
        models: folder of the golden models, each in a folder of its name.
        examples: generated models that each property-based probe tries.
        timeout: seconds after which a probe counts as hung.
        attempt: 1, or 2 when a time-out is tried again.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.record = str(raw["record"])
        self.name = str(raw["cell"])
        self.mode = Mode(raw["mode"])
        self.keras = Keras(raw["keras"])
        self.claims: list[str] = raw["claims"]
        self.probes: list[str] | None = raw["probes"]
        self.observed = set(raw["observed"])
        self.models = str(raw["models"])
        self.examples = int(raw["examples"])
        self.timeout = float(raw["timeout"])
        self.attempt = int(raw["attempt"])

    @property
    def under_test(self) -> CellUnderTest:
        """What the probes may know of it."""
        return CellUnderTest(self.name, self.mode, self.keras, self.timeout)

    def wants(self, probe_id: str, claims: list[str]) -> bool:
        """Whether the probe, which speaks to `claims`, is to run."""
        return (
            any(claim in self.claims for claim in claims)
            and (self.probes is None or any(glob_matches(glob, probe_id) for glob in self.probes))
            and probe_id not in self.observed
        )


def read_cell(path: str) -> CellRequest:
    """Reads the host's description of the cell.

    Raises:
        CellError: the file cannot be read, or a key is missing or unusable.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return CellRequest(json.load(file))
    except KeyError as error:
        raise CellError("{}: the key {} is missing.".format(path, error)) from error
    except (OSError, ValueError, TypeError) as error:
        raise CellError("{}: {}".format(path, error)) from error


def glob_matches(glob: str, probe_id: str) -> bool:
    """Whether `glob` matches; only * and ? are special, since the ids of probes contain square brackets."""
    pattern = re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".")
    return re.match(pattern + r"\Z", probe_id, re.DOTALL) is not None
