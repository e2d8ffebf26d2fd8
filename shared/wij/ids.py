"""Identifiers that mean nothing to a reader, and the partition a household's events travel in."""

import os
import time
from uuid import UUID, SafeUUID
from zlib import crc32

PARTITIONS = 8
"""Number of partitions in every stream. Changing it would move households between partitions: never do."""

_VERSION_7 = 0x7000_8000_0000_0000_0000
_FREE = 0x0FFF_3FFF_FFFF_FFFF_FFFF
"""The bits that are random."""


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): time-ordered, so indexes grow at one end.

    It reveals the moment of creation, so it identifies things and is never a secret.
    """
    random = int.from_bytes(os.urandom(10)) & _FREE
    # As the standard library makes its own from 3.14 on, without looking at what cannot be wrong: thirty a case.
    made = object.__new__(UUID)
    object.__setattr__(made, "int", (time.time_ns() // 1_000_000 << 80) | _VERSION_7 | random)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def partition_of(key: UUID) -> int:
    """The partition, 0 to 7, of a household (or of an aggregate that has no household)."""
    return crc32(str(key).encode()) % PARTITIONS
