"""Models that change hands as the subject of a cell: the file that says which to make, or to use."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.inside.exchange.subject import EXCHANGE_VARIABLE
from conformance.running import probing

SCHEMA = "exchange-subject/1"
FOLDER = "exchange"  # of the probes, below conformance/inside
MAKE, USE = "produce", "consume"  # the modules of probes: what the ids of the observations begin with
USES = ("values", "call", "training", "assets", "saved_again")  # what is tried of a model, as far as it can be
CLAIMS = ("exchange.make", "exchange.load", "exchange.train", "exchange.save")


class ExchangedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is to be used.

    Attributes:
        id: ends the ids of its observations, in square brackets.
        form: the hash of its canonical form.
    """

    id: str
    role: str
    path: str
    form: str


class ExchangeSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        made: the folder into which models are made.
        roles: those to be made; none where models are to be used.
    """

    schema: str
    made: str
    roles: tuple[str, ...] = ()
    models: tuple[ExchangedModel, ...] = ()

    @property
    def presumed_seconds(self) -> float:
        """How long a cell may take with it: the means of the whole exchange, measured 2026-11-27 on two cores."""
        return 10 + 0.3 * len(self.roles) + 0.45 * len(self.models)


class TriedExchange(msgspec.Struct, frozen=True):
    """Models that change hands in a cell.

    Attributes:
        described: the file that says which.
    """

    described: Path

    @property
    def claims(self) -> tuple[str, ...]:
        """What its probes speak to."""
        return CLAIMS

    @property
    def scratch(self) -> None:
        """It has no folder of its own for temporary files."""
        return

    def command(self, python: Path, root: Path, home: Path, record: Path) -> list[str]:  # noqa: ARG002
        """The command line that runs its probes: the models are ours, so it is not shut in."""
        return probing.command(python, root, FOLDER)

    def variables(self, home: Path) -> dict[str, str]:  # noqa: ARG002
        """The variables that they run with, beside ours."""
        return {**os.environ, EXCHANGE_VARIABLE: str(self.described)}

    def keep(self, home: Path, cell: str) -> None:
        """They leave nothing there."""


def read_exchange_subject(path: Path) -> ExchangeSubject:
    """Reads the file.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    remedy = "`nox -s produce` and `nox -s exchange` write it; run that again."
    return json_file.read(path, ExchangeSubject, SCHEMA, remedy=remedy)
