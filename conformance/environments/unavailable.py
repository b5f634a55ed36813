"""The error of an environment that cannot come about here; it carries what the record of its cells will say."""

from __future__ import annotations

from typing import Literal

from conformance.errors import ExitCode, HarnessError
from conformance.evidence import Unavailable

Stage = Literal["interpreter", "lock", "install", "import"]

_DETAIL_LIMIT = 4000  # characters; the cause stands at the end of what a program prints


class UnavailableError(HarnessError):
    """An environment that has no interpreter, no trustworthy lock, or cannot be installed or imported."""

    exit_code = ExitCode.INCOMPLETE

    def __init__(self, stage: Stage, reason: str, *, where: str, remedy: str, detail: str = "") -> None:
        super().__init__(reason, where=where, remedy=remedy)
        self.unavailable = Unavailable(
            stage=stage, reason=reason, detail=detail.strip()[-_DETAIL_LIMIT:], remedy=remedy
        )
