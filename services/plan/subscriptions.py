"""Events in: what plan listens to."""

from collections.abc import Sequence

from services.plan.handlers.handover import when_deadlines_passed
from services.plan.handlers.opening import when_help_requests_accepted
from services.plan.handlers.roster import when_workers_joined, when_workers_left
from services.plan.handlers.support import STATE_AFTER, when_needs_moved
from wij.events.intake import HelpRequestAccepted, WorkerJoinedTeam, WorkerLeftTeam
from wij.events.notify import DeadlinePassed
from wij.reader import Subscription

SUBSCRIPTIONS: Sequence[Subscription] = (
    Subscription(
        "intake",
        {
            HelpRequestAccepted: when_help_requests_accepted,
            WorkerJoinedTeam: when_workers_joined,
            WorkerLeftTeam: when_workers_left,
        },
    ),
    Subscription("matching", dict.fromkeys(STATE_AFTER, when_needs_moved)),
    Subscription("notify", {DeadlinePassed: when_deadlines_passed}),
)
