"""Which package brings an op that TensorFlow itself does not register, read from `op_packages.toml`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.data_file import check_keys, load_toml, read_rows, require_unique

OP_PACKAGES_FILE = Path(__file__).with_name("op_packages.toml")
SCHEMA = "op-packages/1"


class OpPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package with the ops that importing it registers.

    Attributes:
        id: the name to install it by.
        module: what is imported.
        version: the version that was asked.
        release: the release in which it was.
        ops: what it registered there.
    """

    id: str
    module: str
    version: str
    release: str
    ops: tuple[str, ...]


def load_op_packages(path: Path = OP_PACKAGES_FILE) -> tuple[OpPackage, ...]:
    """Reads the file."""
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"package"})
    packages = read_rows(path, data, "package", OpPackage)
    require_unique(path, "package", [package.id for package in packages])
    return packages


def packages_by_op(packages: tuple[OpPackage, ...]) -> dict[str, str]:
    """Op -> the first of the packages that bring it."""
    return {op: package.id for package in reversed(packages) for op in package.ops}
