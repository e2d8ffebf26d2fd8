"""Places where a test lets the process die: `WIJ_FAILPOINTS="relay.published=0.01,reader.committed=0.02"`.

Without the variable, passing one costs a comparison with an empty table. There is one between every two steps of
everything that promises to survive a crash; `POINTS` is the list, and a test compares it with the code.
"""

import os
import random
from collections.abc import Mapping

POINTS: Mapping[str, str] = {
    "answer.claimed": "the Idempotency-Key is taken, nothing is done yet",
    "answer.worked": "the work is done, its answer is not stored yet",
    "answer.kept": "work and answer are written, nothing is committed",
    "outbox.appended": "what was told is written beside its state, nothing is committed",
    "transaction.done": "everything is written, the commit has not been asked for",
    "transaction.committed": "it is committed, nobody knows yet",
    "relay.leads": "this relay holds the lock and has not looked at the stream",
    "relay.assigned": "positions are given, nothing is published",
    "relay.published": "events are on their way, none is confirmed",
    "relay.confirmed": "all are confirmed, the relay has not moved on",
    "reader.read": "events came, nothing is applied",
    "reader.applied": "effects are written, the position is not",
    "reader.moved": "effects and position are written, nothing is committed",
    "reader.committed": "both are committed, the reader has not moved on",
    "parked.applied": "a parked event took effect, nothing is committed",
    "parked.committed": "it is committed, the next one waits",
    "send.leased": "messages are taken in hand, nobody asked where people are",
    "send.composed": "letters are written, none is marked",
    "send.began": "`sending` is committed, the provider is not called",
    "send.delivered": "the provider was called, how it went is not written down",
    "send.recorded": "how it went is committed",
}
"""Every point, and what is true there."""


def odds_in(words: str) -> Mapping[str, float]:
    """What the variable says: how often to die at each point; `all` stands for every one that is not named."""
    odds = {name: float(chance) for name, _, chance in (word.partition("=") for word in words.split(",") if word)}
    if unknown := odds.keys() - POINTS.keys() - {"all"}:
        raise ValueError(f"there is no fail point {', '.join(sorted(unknown))}")
    return odds


_ODDS = odds_in(os.environ.get("WIJ_FAILPOINTS", ""))


def passing(name: str) -> None:
    """Die here, at once and without a goodbye, as often as the variable says for `name` or for `all`."""
    if _ODDS and random.random() < _ODDS.get(name, _ODDS.get("all", 0.0)):
        os._exit(9)
