"""Models that change hands as the subject of a cell: the file that says which to make, or to use."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance import json_file

SCHEMA = "exchange-subject/1"
FOLDER = "exchange"  # of the probes, below conformance/inside
MAKE, USE = "produce", "consume"  # the modules of probes: what the ids of the observations begin with
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


def read_exchange_subject(path: Path) -> ExchangeSubject:
    """Reads the file.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    remedy = "`nox -s produce` and `nox -s exchange` write it; run that again."
    return json_file.read(path, ExchangeSubject, SCHEMA, remedy=remedy)
