"""The partition that a household's events travel in, so that they stay in order."""

from uuid import UUID
from zlib import crc32

PARTITIONS = 8
"""Number of partitions in every stream. Changing it would move households between partitions: never do."""


def partition_of(key: UUID) -> int:
    """The partition, 0 to 7, of a household (or of an aggregate that has no household)."""
    return crc32(str(key).encode()) % PARTITIONS
