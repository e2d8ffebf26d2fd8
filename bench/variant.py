"""What every variant of the journey is: something to start, that takes requests by HTTP, and whose ends can be seen."""

from collections.abc import Mapping
from typing import Protocol

from bench.machine import Machine


class Variant(Protocol):
    """WIJ, or one of its peers."""

    name: str
    database: str
    """Where its rows are, for counters and for the end of each journey."""
    over_nats: bool
    """Whether nats-server carries its messages."""
    knows_keys: bool
    """Whether a request may be sent again with the same key, and is then done once."""
    ends: str
    """A statement that answers, for every journey that reached its end since `$1`, `request_id` and `at`: when its last
    notification was committed."""

    def start(self, here: Machine) -> None:
        """Make its tables and start its processes; returns when it takes requests."""

    def request(self) -> tuple[str, str]:
        """Where a request goes, and with which token."""

    def body(self, number: int) -> Mapping[str, object]:
        """The n-th request."""
