"""What the host asks of an environment about models that change hands: which to make, and which to use."""

from __future__ import annotations

import json
import os
from typing import Any

EXCHANGE_VARIABLE = "CONFORMANCE_EXCHANGE"  # names the file


class ExchangeUnderTest:
    """What is asked for.

    Attributes:
        made: the folder into which models are made, each in a folder of its role below one of the cell's name.
        roles: those that are to be made.
        models: those that are to be used: the path and the role of each, by its id.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.made = str(raw["made"])
        self.roles: list[str] = raw["roles"]
        self.models = {str(one["id"]): (str(one["path"]), str(one["role"])) for one in raw["models"]}


def asked_for() -> ExchangeUnderTest:
    """What the host asks for.

    Raises:
        OSError, KeyError, ValueError: it asks for nothing, or by a file that is none.
    """
    with open(os.environ[EXCHANGE_VARIABLE], encoding="utf-8") as file:
        return ExchangeUnderTest(json.load(file))
