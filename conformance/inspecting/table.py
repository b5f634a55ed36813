"""Reads TensorFlow's table files (tensorflow/core/lib/io/format.h), of which `variables.index` is one.

No package reads one without TensorFlow. The format is that of LevelDB's tables: blocks of keys in their order, each key
without what it shares with the one before it, and at the end a footer that says where the block of all blocks is.
Checksums are not verified: whoever loads the model does that.
"""

from __future__ import annotations

from collections.abc import Iterator

_FOOTER = 48  # bytes
_MAGIC = 0xDB4775248B80FB57
_TRAILER = 5  # bytes after each block: how it is compressed, and its checksum
_NOT_COMPRESSED = 0
_LONGEST_VARINT = 10


class TableError(ValueError):
    """The bytes are no table, or are a damaged one."""


def read_table(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a table, in the order of the keys."""
    if len(raw) < _FOOTER or int.from_bytes(raw[-8:], "little") != _MAGIC:
        raise TableError("does not end as a table does: it is truncated, or is none")
    _, place = _handle(raw, len(raw) - _FOOTER)  # of the block of properties, which no model uses
    (offset, size), _ = _handle(raw, place)
    for _, handle in _entries(_block(raw, offset, size)):
        (block_offset, block_size), _ = _handle(handle, 0)
        if block_offset >= offset:
            raise TableError("has a block behind its index")
        yield from _entries(_block(raw, block_offset, block_size))


def _block(raw: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + _TRAILER > len(raw):
        raise TableError("has a block that reaches beyond its end")
    if raw[end] != _NOT_COMPRESSED:
        raise TableError("is compressed, as no release of TensorFlow writes it")
    return raw[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise TableError("has a block without an end")
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise TableError("has a block that is shorter than it says")
    place, key = 0, b""
    while place < end:
        shared, place = _varint(block, place)
        own, place = _varint(block, place)
        length, place = _varint(block, place)
        if shared > len(key) or place + own + length > end:
            raise TableError("has an entry that reaches beyond its block")
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _handle(raw: bytes, place: int) -> tuple[tuple[int, int], int]:
    offset, place = _varint(raw, place)
    size, place = _varint(raw, place)
    return (offset, size), place


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if place + index >= len(raw):
            break
        byte = raw[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise TableError("has a number without an end")
