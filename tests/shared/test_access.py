"""Who may do what (PRIV-01): the table of `wij/access.py` against the rules of the field, written down a second time.

Each line below is what people who work with this would say; a change of the table has to be said here as well.
"""

from uuid import uuid4

import pytest

from tests.people import BEA, ELS, FERD, HANNEKE, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, SIP, TOM, WILLEM
from wij.access import ALLOWED, Action, Relation, Resource, may, may_ever, permit
from wij.errors import NotAllowed
from wij.identity import Actor, Role, service_actor

RESIDENT = Actor(uuid4(), frozenset({Role.RESIDENT}))
VOLUNTEER = Actor(uuid4(), frozenset({Role.VOLUNTEER}), "selwerd")
NOTIFY = service_actor("notify")
STRANGER = Actor(uuid4(), frozenset())

EVERYBODY = {
    "samira": SAMIRA,
    "nadia": NADIA,
    "tom": TOM,
    "karin": KARIN,
    "roy": ROY,
    "hanneke": HANNEKE,
    "sip": SIP,
    "bea": BEA,
    "ferd": FERD,
    "joost": JOOST,
    "mirjam": MIRJAM,
    "els": ELS,
    "willem": WILLEM,
    "resident": RESIDENT,
    "volunteer": VOLUNTEER,
    "notify": NOTIFY,
    "stranger": STRANGER,
}

CASE = Resource(team="selwerd", directors=frozenset({SAMIRA.id}), involved=frozenset({NADIA.id}))
"""A case or request in Selwerd: Samira directs, Nadia works along, Tom is of the team."""

DIRECTOR = {"samira"}
ON_THE_CASE = {"samira", "nadia"}
TEAM = {"samira", "nadia", "tom"}
HERE = {
    # every service
    Action.READ_EVENTS: {"notify", "ferd"},
    Action.MANAGE_PARKED: {"ferd"},
    Action.VIEW_ACCESS_LOG: {"bea"},
    Action.VIEW_TIMELINE: ON_THE_CASE,
    # intake
    Action.REGISTER_REQUEST: TEAM | {"joost", "karin", "roy", "hanneke", "sip", "resident"},
    Action.LIST_REQUESTS: TEAM | {"karin", "roy"},
    Action.VIEW_REQUEST: TEAM | {"karin"},
    Action.CLARIFY_REQUEST: TEAM,
    Action.CHECK_SAFETY: TEAM,
    Action.ANSWER_REQUEST: TEAM | {"sip"},
    Action.ACCEPT_REQUEST: TEAM,
    Action.TAKE_UP_REQUEST: TEAM | {"karin"},
    Action.WITHDRAW_REQUEST: TEAM,
    Action.SUGGEST_HOUSEHOLDS: TEAM,
    Action.SEARCH_HOUSEHOLDS: TEAM | {"joost"},
    Action.REGISTER_HOUSEHOLD: TEAM,
    Action.VIEW_HOUSEHOLD: ON_THE_CASE,
    Action.CHANGE_HOUSEHOLD: ON_THE_CASE,
    Action.FIND_CONTACT: TEAM | {"joost", "karin", "roy", "hanneke", "sip", "resident", "volunteer"},
    Action.VIEW_AREAS: TEAM | {"joost", "karin", "roy", "hanneke", "sip", "ferd", "bea", "notify"},
    Action.MANAGE_AREAS: {"ferd"},
    Action.VIEW_WORKERS: TEAM | {"joost", "karin", "roy", "hanneke", "ferd"},
    Action.MANAGE_WORKERS: {"ferd"},
    Action.RESOLVE_CONTACT: {"notify"},
    # plan
    Action.LIST_CASES: TEAM | {"joost", "karin", "roy"},
    Action.VIEW_CASE_CARD: TEAM | {"karin", "roy"},
    Action.VIEW_CASE: ON_THE_CASE,
    Action.OFFER_HANDOVER: DIRECTOR,
    Action.ANSWER_HANDOVER: set(),
    Action.RECORD_ABSENCE: {"karin", "roy"},
    Action.CHANGE_INVOLVEMENT: DIRECTOR,
    Action.WRITE_PLAN: DIRECTOR,
    Action.CARRY_OUT_ACTION: ON_THE_CASE,
    Action.RECORD_CONSENT: DIRECTOR,
    Action.REQUEST_SUPPORT: DIRECTOR,
    Action.CLOSE_CASE: DIRECTOR,
    # matching
    Action.MANAGE_VOLUNTEERS: {"hanneke"},
    Action.LIST_NEEDS: {"hanneke"},
    Action.VIEW_NEED: ON_THE_CASE | {"hanneke"},
    Action.PROPOSE_MATCH: {"hanneke"},
    Action.ANSWER_FOR_VOLUNTEER: {"hanneke"},
    Action.ANSWER_FOR_HOUSEHOLD: ON_THE_CASE,
    Action.RUN_ASSIGNMENT: ON_THE_CASE | {"hanneke"},
    # notify
    Action.VIEW_INBOX: TEAM | {"joost", "karin", "roy", "hanneke"},
    Action.VIEW_NOTIFICATIONS: {"karin", "roy", "ferd"},
    Action.DECIDE_NOTIFICATION: {"karin", "roy"},
    Action.VIEW_DEADLINES: TEAM | {"joost", "karin", "roy"},
}
"""Who may do it with this case: one line per action, one name per person."""

ABOUT_THEMSELVES = {
    Action.VIEW_REQUEST,
    Action.WITHDRAW_REQUEST,
    Action.ANSWER_HANDOVER,
    Action.RECORD_ABSENCE,
    Action.ANSWER_FOR_VOLUNTEER,
}
"""What somebody may do because it is about them, whatever else they are."""


def test_the_expectation_knows_every_action() -> None:
    assert set(HERE) == set(Action) == set(ALLOWED)


@pytest.mark.parametrize("action", Action)
def test_everybody_may_do_this_and_no_more(action: Action) -> None:
    """PRIV-01"""
    assert {name for name, actor in EVERYBODY.items() if may(actor, action, CASE)} == HERE[action]


@pytest.mark.parametrize("action", Action)
def test_what_is_about_somebody_is_theirs_to_do_where_the_field_says_so(action: Action) -> None:
    mine = Resource(team="selwerd", about=VOLUNTEER.id)
    assert may(VOLUNTEER, action, mine) == (action in ABOUT_THEMSELVES | {Action.FIND_CONTACT})
    assert may(STRANGER, action, Resource(about=STRANGER.id)) == (action in ABOUT_THEMSELVES)


def test_where_no_team_is_at_stake_the_other_team_may_do_what_ours_may() -> None:
    for action in Action:
        for ours, theirs in ((TOM, JOOST), (KARIN, MIRJAM), (ROY, ELS), (HANNEKE, WILLEM)):
            assert may(ours, action) == may(theirs, action)


def test_a_process_lead_who_directs_for_want_of_a_worker_may_what_a_director_may() -> None:
    directed = Resource(team="selwerd", directors=frozenset({ROY.id}))
    assert {action for action in Action if may(ROY, action, directed)} == {
        action for action in Action if "roy" in HERE[action] or Relation.DIRECTOR in ALLOWED[action]
    }


def test_a_former_director_may_do_nothing_a_colleague_may_not() -> None:
    """PRIV-03"""
    handed_over = Resource(team="selwerd", directors=frozenset({NADIA.id}))
    for action in Action:
        assert may(SAMIRA, action, handed_over) == may(TOM, action, handed_over)


@pytest.mark.parametrize("action", Action)
def test_somebody_without_a_role_may_nothing(action: Action) -> None:
    everything = Resource(
        team="selwerd", directors=frozenset({STRANGER.id}), involved=frozenset({STRANGER.id}), about=None
    )
    assert not may(STRANGER, action, everything), "to be named on a case is not enough without the role"
    with pytest.raises(NotAllowed):
        permit(STRANGER, action, everything)


@pytest.mark.parametrize("action", Action)
def test_who_may_something_is_not_stopped_before_it_is_loaded(action: Action) -> None:
    for actor in EVERYBODY.values():
        mine = Resource(
            team=actor.team, directors=frozenset({actor.id}), involved=frozenset({actor.id}), about=actor.id
        )
        assert may_ever(actor, action) == (may(actor, action, mine) or may(actor, action))


def test_a_refusal_says_what_was_not_allowed_and_nothing_about_the_thing() -> None:
    with pytest.raises(NotAllowed) as refused:
        permit(TOM, Action.CLOSE_CASE, CASE)
    assert refused.value.detail == "Your role does not allow you to close case here."
