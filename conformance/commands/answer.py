"""What a command answers beside its exit code."""

from __future__ import annotations

from typing import Any

import msgspec

from conformance.errors import ExitCode


class CommandResult(msgspec.Struct, frozen=True):
    """An exit code with the document that `--json` prints; `run` of a command may give it in place of its exit code."""

    exit_code: ExitCode
    document: Any
