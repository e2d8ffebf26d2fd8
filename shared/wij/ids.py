"""Identifiers that mean nothing to a reader, and the partition a household's events travel in."""

import os
import time
from uuid import UUID
from zlib import crc32

PARTITIONS = 8
"""Number of partitions in every stream. Changing it would move households between partitions: never do."""


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): time-ordered, so indexes grow at one end.

    It reveals the moment of creation, so it identifies things and is never a secret.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds << 80) | random
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def partition_of(key: UUID) -> int:
    """The partition, 0 to 7, of a household (or of an aggregate that has no household)."""
    return crc32(str(key).encode()) % PARTITIONS
