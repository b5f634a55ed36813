"""The forms of the models in a store, kept beside them until the code that finds them changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.errors import EvidenceError
from conformance.exchange import canonical as _canonical
from conformance.exchange.canonical import canonical_hash
from conformance.exchange.store import Store
from conformance.inspecting.ops_table import OPS_FILE
from conformance.running.keys import digest
from conformance.running.sources import Sources

_FILE, _SCHEMA = "forms.json", "forms/1"
_ROOT = Path(__file__).parents[2]


class _KnownForms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code` is the digest of all that decides a form; `forms` has them by the hashes of the models."""

    schema: str
    code: str
    forms: dict[str, str]


def forms_of(store: Store, digests: Iterable[str]) -> dict[str, str]:
    """The form of each of these models of the store; finding one takes some 10 ms, so those found before are read."""
    path, code = store.folder / _FILE, _digest_of_the_code()
    known = _read(path, code)
    wanted = set(digests)
    forms = {one: known.get(one) or canonical_hash(store.path(one)) for one in sorted(wanted)}
    if wanted - known.keys():
        json_file.replace({path: json_file.encode(_KnownForms(_SCHEMA, code, {**known, **forms}))})
    return forms


def _read(path: Path, code: str) -> dict[str, str]:
    try:
        known = json_file.read(path, _KnownForms, _SCHEMA, remedy="It is made anew.")
    except EvidenceError:
        return {}
    return known.forms if known.code == code else {}


def _digest_of_the_code() -> str:
    sources = Sources(_ROOT)
    return digest(sources.digests({*sources.closure(Path(_canonical.__file__)), OPS_FILE}))
