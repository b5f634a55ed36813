"""Asks real environments what their TensorFlow registers, for the table of ops."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

import msgspec

from conformance.environments import command
from conformance.environments.catalogue import Cell, Releases
from conformance.environments.uv import uv_environment
from conformance.errors import EvidenceError
from conformance.inspecting.ops_table import Registrations
from conformance.words import Keras

_INSIDE = Path(__file__).parents[1] / "inside"
REGISTERED_OPS, MESSAGE_DEFINITIONS = _INSIDE / "registered_ops.py", _INSIDE / "message_definitions.py"


def cells_to_ask(releases: Releases) -> tuple[Cell, ...]:
    """One cell of each release, oldest first: of its newest tensorflow_hub, and with Keras 2."""
    last: dict[str, Cell] = {}
    for cell in releases.cells:
        if cell.keras is not Keras.KERAS3:
            last[cell.environment.release.tf] = cell
    return tuple(last.values())


def registrations(python: Path, *more_modules: str) -> Registrations:
    """What the TensorFlow of that Python registers, and what these modules register beside it."""
    answer = _ask(python, REGISTERED_OPS, *more_modules)
    try:
        return msgspec.json.decode(answer, type=Registrations)
    except msgspec.MsgspecError as error:
        raise _failed(python, REGISTERED_OPS, str(error)) from error


def message_definitions(python: Path) -> bytes:
    """The FileDescriptorSet of a SavedModel's messages, as that Python's packages ship them."""
    try:
        return base64.b64decode(_ask(python, MESSAGE_DEFINITIONS), validate=True)
    except binascii.Error as error:
        raise _failed(python, MESSAGE_DEFINITIONS, str(error)) from error


def _ask(python: Path, script: Path, *arguments: str) -> str:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_USE_LEGACY_KERAS": "1"}
    done = command.run((str(python), "-I", str(script), *arguments), environment=uv_environment(os.environ) | quiet)
    lines = done.out.strip().splitlines()
    if done.code != 0 or not lines:
        raise _failed(python, script, done.err.strip()[-2000:] or f"exit code {done.code}")
    return lines[-1]


def _failed(python: Path, script: Path, why: str) -> EvidenceError:
    return EvidenceError(f"did not answer {script.name}:\n{why}", where=str(python), remedy="Fix what it names.")
