"""Events in: whatever the tables name, from all four services; one handler hears them all."""

from services.notify.domain.deadlines import BELONGS, ENDS, STARTS
from services.notify.domain.rules import TABLE
from services.notify.handlers.hearing import when_told
from services.notify.store.projection import REMEMBERED
from wij.events import SERVICES
from wij.reader import Subscription

HEARD = frozenset(TABLE) | STARTS.keys() | ENDS.keys() | BELONGS.keys() | REMEMBERED

SUBSCRIPTIONS = tuple(
    Subscription(
        source, {event: when_told for event in sorted(HEARD, key=lambda event: event.type) if event.service == source}
    )
    for source in SERVICES
)
"""`notify` is among the sources: that a deadline passed becomes a message the same way as everything else."""
