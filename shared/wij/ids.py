"""Identifiers that mean nothing to a reader."""

from os import urandom
from time import time_ns
from uuid import UUID

from asyncpg.pgproto import pgproto

_VERSION_7 = 0x7000_8000_0000_0000_0000
_FREE = 0x0FFF_3FFF_FFFF_FFFF_FFFF
"""The bits that are random."""


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): time-ordered, so indexes grow at one end.

    It reveals the moment of creation, so it identifies things and is never a secret.
    """
    random = int.from_bytes(urandom(10)) & _FREE
    # The kind that PostgreSQL's driver answers with: a `UUID`, written and compared in a sixth of the time.
    return pgproto.UUID((time_ns() // 1_000_000 << 80 | _VERSION_7 | random).to_bytes(16))
