"""I2 over random lives of a household: whatever is asked in whatever order, one director at every instant of a case."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.plan.commands.case import AcceptHandover, CloseCase, DeclineHandover, Involve, OfferHandover
from services.plan.domain import handover as handovers
from services.plan.domain.absence import StandIn
from services.plan.domain.case import Case, end_involvement, involve, join, open_case
from services.plan.domain.closure import close_case
from services.plan.domain.director import choose_director
from services.plan.domain.handover import Handover
from tests.plan.cases import accepted
from tests.plan.facts import NOW, an, worker
from wij.errors import Refusal
from wij.events import Event

PEOPLE = ("samira", "nadia", "tom", "joost")
TEAM = {name: worker(name) for name in PEOPLE[:3]} | {"joost": worker("joost", team="paddepoel")}
someone = st.sampled_from(PEOPLE)


@dataclass
class Period:
    """Who directed, from when, until when."""

    director_id: UUID
    start: datetime
    end: datetime | None = None


class AHousehold(RuleBasedStateMachine):
    """Requests, handovers, absences and closures in any order; the clock may stand still or step back a little."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.case: Case | None = None
        self.offers: list[Handover] = []
        self.lives: list[list[Period]] = []
        self.told: list[Event] = []
        self.number = 0

    def fresh(self) -> UUID:
        self.number += 1
        return an(f"thing {self.number}")

    @rule(seconds=st.integers(-2, 5))
    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def a_request_is_accepted(self) -> None:
        request = accepted(an("household"))
        if self.case is not None and self.case.state != "closed":
            self.told.append(join(self.case, request))
            return
        choice = choose_director([who for who in TEAM.values() if who.team == "selwerd"], [], an("samira"))
        ended = self.lives[-1][-1].end if self.lives else None
        self.case, fact = open_case(request, choice, case_id=self.fresh(), free_from=ended, now=self.now)
        self.lives.append([Period(choice.director_id, self.case.directed_since)])
        self.told.append(fact)

    @precondition(lambda self: self.case is not None)
    @rule(to=someone)
    def offer(self, to: str) -> None:
        assert self.case is not None
        pending = next((offer for offer in self.offers if offer.state == "offered"), None)
        try:
            offer, fact = handovers.offer(
                self.case, OfferHandover(to_id=an(to)), TEAM[to], pending, handover_id=self.fresh(), now=self.now
            )
        except Refusal:
            return
        self.offers.append(offer)
        self.told.append(fact)

    @precondition(lambda self: self.offers)
    @rule(which=st.integers(0, 30), how=st.sampled_from(["accept", "decline", "revoke", "expire"]))
    def answer(self, which: int, how: str) -> None:
        assert self.case is not None
        place = which % len(self.offers)
        offer = self.offers[place]
        name = next(name for name in PEOPLE if an(name) == offer.to_id)
        try:
            if how == "accept":
                switch = handovers.accept(self.case, offer, AcceptHandover(), TEAM[name], now=self.now)
                self.lives[-1][-1].end = switch.case.directed_since
                self.lives[-1].append(Period(switch.case.director_id, switch.case.directed_since))
                self.case, self.offers[place] = switch.case, switch.handover
                self.told += switch.told
            elif how == "decline":
                self.offers[place], declined = handovers.decline(
                    self.case, offer, DeclineHandover(reason="no_room"), self.now
                )
                self.told.append(declined)
            elif how == "revoke":
                self.offers[place], revoked = handovers.revoke(offer, self.case, self.now)
                self.told.append(revoked)
            elif expiry := handovers.expire(offer, self.case, self.now):
                self.offers[place] = expiry[0]
                self.told.append(expiry[1])
        except Refusal:
            return

    @precondition(lambda self: self.case is not None)
    @rule(who=someone, leaves=st.booleans())
    def colleagues_come_and_go(self, who: str, leaves: bool) -> None:
        assert self.case is not None
        try:
            if leaves:
                self.told.append(end_involvement(self.case, an(who)))
                self.case = replace(self.case, involved=self.case.involved - {an(who)})
            else:
                self.told.append(involve(self.case, Involve(worker_id=an(who), role="colleague"), TEAM[who]))
                self.case = replace(self.case, involved=self.case.involved | {an(who)})
        except Refusal:
            return

    @precondition(lambda self: self.case is not None)
    @rule(deputy=someone, start=st.integers(-3, 3), length=st.integers(0, 5) | st.none())
    def the_director_is_away(self, deputy: str, start: int, length: int | None) -> None:
        assert self.case is not None
        begin = self.now + timedelta(seconds=start)
        end = None if length is None else begin + timedelta(seconds=length)
        if an(deputy) != self.case.director_id:
            self.case = replace(self.case, stand_in=StandIn(an(deputy), begin, end))

    @precondition(lambda self: self.case is not None)
    @rule()
    def close(self) -> None:
        assert self.case is not None
        pending = next((offer for offer in self.offers if offer.state == "offered"), None)
        try:
            ending = close_case(
                self.case,
                CloseCase(reason="self_reliant"),
                plans=[],
                reviews=[],
                needs=[],
                offered=pending,
                now=self.now,
            )
        except Refusal:
            return
        self.case = ending.case
        self.lives[-1][-1].end = ending.at
        self.offers = [
            ending.handover if ending.handover and offer.handover_id == ending.handover.handover_id else offer
            for offer in self.offers
        ]
        self.told += ending.told

    @invariant()
    def the_periods_of_a_case_cover_its_time_without_gap_or_overlap(self) -> None:
        for life in self.lives:
            for before, after in pairwise(life):
                assert before.end == after.start
            for period in life:
                assert period.end is None or period.start < period.end
        for life, following in pairwise(self.lives):
            ended = life[-1].end
            assert ended is not None
            assert ended <= following[0].start

    @invariant()
    def an_open_case_has_the_last_period_s_director_and_one_who_acts(self) -> None:
        if self.case is None:
            return
        last = self.lives[-1][-1]
        assert self.case.director_id == last.director_id
        assert (last.end is None) == (self.case.state != "closed")
        assert self.case.epoch == len(self.lives[-1])
        assert self.case.director_id in self.case.directors(self.now)
        assert self.case.director_id not in self.case.involved

    @invariant()
    def at_most_one_offer_waits_and_none_on_a_closed_case(self) -> None:
        waiting = [offer for offer in self.offers if offer.state == "offered"]
        assert len(waiting) <= (0 if self.case is None or self.case.state == "closed" else 1)

    @invariant()
    def the_events_tell_the_same_story(self) -> None:
        switches = sum(len(life) - 1 for life in self.lives)
        assert [event.name for event in self.told].count("director.handed_over") == switches
        assert [event.name for event in self.told].count("case.opened") == len(self.lives)


AHousehold.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOneDirectorAtEveryInstant = AHousehold.TestCase
"""I2: one director at every instant, no gap, no overlap, over random sequences of commands."""
