"""One service of WIJ as a process of its own, with its part of the autopilot: `python -m bench.wij plan`."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import uvloop

from bench.wij import desk
from bench.wij.autopilot import Handler, ask_the_best, make_plans, then
from services.__main__ import build as build_service
from wij import logs
from wij.events import Event
from wij.events.intake import HelpRequestAccepted
from wij.events.plan import SupportNeedRequested
from wij.process import Process
from wij.reader import Subscription
from wij.service import Service
from wij.settings import Settings
from wij.tokens import BearerTokens

DECIDE: Mapping[str, Mapping[type[Event], Sequence[Handler]]] = {
    "plan": {HelpRequestAccepted: [make_plans]},
    "matching": {SupportNeedRequested: [ask_the_best]},
}
"""Who decides something when they hear of this."""


def build(settings: Settings, name: str) -> Service:
    """The service as the product builds it, and the people who work with it."""
    service = build_service(name, settings, BearerTokens(settings))
    if name == "intake":
        service.http.routes[:0] = desk.routes.router.routes
    decisions = DECIDE.get(name, {})
    listens = [
        Subscription(
            one.source,
            # Only where somebody decides: the reader puts events together that have the very same handler.
            {event: then(do, *decisions[event]) if event in decisions else do for event, do in one.handlers.items()},
        )
        for one in service.subscriptions
    ]
    # A notification is where the journey ends: mail is a matter of the provider, so notify's sender stays at home.
    return replace(service, subscriptions=listens, loops=service.loops[1:])


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure(settings)
    uvloop.run(Process(settings, [build(settings, sys.argv[1])]).run())


main()
