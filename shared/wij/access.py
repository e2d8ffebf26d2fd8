"""Who may do what: one table, one question. What the table does not allow is refused (PRIV-01).

A row names an action and those who may: roles somebody *has*, and relations somebody *stands in* to the thing at hand.
Row level security in PostgreSQL asks the same question again, so a forgotten check shows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from uuid import UUID

from wij.errors import NotAllowed
from wij.identity import Actor, Role


class Relation(StrEnum):
    """What a worker is to one case, household or request."""

    DIRECTOR = auto()
    """Directs the case, or acts for an absent director: a worker, or the process lead when no worker was available."""
    INVOLVED = auto()
    """Works on the case beside the director, or handles the request."""
    TEAM_MEMBER = auto()
    """Works in the same team, and no more than that."""
    SELF = auto()
    """It is about this person."""


class Action(StrEnum):
    """Everything anybody can ask of WIJ."""

    # every service
    READ_EVENTS = auto()
    MANAGE_PARKED = auto()
    VIEW_ACCESS_LOG = auto()
    VIEW_TIMELINE = auto()
    # intake
    REGISTER_REQUEST = auto()
    LIST_REQUESTS = auto()
    VIEW_REQUEST = auto()
    CLARIFY_REQUEST = auto()
    CHECK_SAFETY = auto()
    ANSWER_REQUEST = auto()
    ACCEPT_REQUEST = auto()
    TAKE_UP_REQUEST = auto()
    WITHDRAW_REQUEST = auto()
    SUGGEST_HOUSEHOLDS = auto()
    SEARCH_HOUSEHOLDS = auto()
    REGISTER_HOUSEHOLD = auto()
    VIEW_HOUSEHOLD = auto()
    CHANGE_HOUSEHOLD = auto()
    FIND_CONTACT = auto()
    VIEW_AREAS = auto()
    MANAGE_AREAS = auto()
    VIEW_WORKERS = auto()
    MANAGE_WORKERS = auto()
    RESOLVE_CONTACT = auto()
    # plan
    LIST_CASES = auto()
    VIEW_CASE_CARD = auto()
    VIEW_CASE = auto()
    OFFER_HANDOVER = auto()
    ANSWER_HANDOVER = auto()
    RECORD_ABSENCE = auto()
    CHANGE_INVOLVEMENT = auto()
    WRITE_PLAN = auto()
    CARRY_OUT_ACTION = auto()
    RECORD_CONSENT = auto()
    REQUEST_SUPPORT = auto()
    CLOSE_CASE = auto()
    # matching
    MANAGE_VOLUNTEERS = auto()
    LIST_NEEDS = auto()
    VIEW_NEED = auto()
    PROPOSE_MATCH = auto()
    ANSWER_FOR_VOLUNTEER = auto()
    ANSWER_FOR_HOUSEHOLD = auto()
    RUN_ASSIGNMENT = auto()
    # notify
    VIEW_INBOX = auto()
    VIEW_NOTIFICATIONS = auto()
    DECIDE_NOTIFICATION = auto()
    VIEW_DEADLINES = auto()


_ON_THE_CASE = frozenset({Relation.DIRECTOR, Relation.INVOLVED})
_PEOPLE_AT_WORK = frozenset({Role.WORKER, Role.COORDINATOR, Role.PROCESS_LEAD, Role.VOLUNTEER_COORDINATOR})

ALLOWED: Mapping[Action, frozenset[Role | Relation]] = {
    Action.READ_EVENTS: frozenset({Role.SERVICE, Role.FUNCTIONAL_ADMIN}),
    Action.MANAGE_PARKED: frozenset({Role.FUNCTIONAL_ADMIN}),
    Action.VIEW_ACCESS_LOG: frozenset({Role.AUDITOR}),
    Action.VIEW_TIMELINE: _ON_THE_CASE,
    Action.REGISTER_REQUEST: _PEOPLE_AT_WORK | {Role.FRONT_OFFICE, Role.RESIDENT},
    Action.LIST_REQUESTS: frozenset({Relation.TEAM_MEMBER, Role.COORDINATOR, Role.PROCESS_LEAD}),
    Action.VIEW_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED, Relation.SELF, Role.COORDINATOR}),
    Action.CLARIFY_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED}),
    Action.CHECK_SAFETY: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED}),
    Action.ANSWER_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED, Role.FRONT_OFFICE}),
    Action.ACCEPT_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED}),
    Action.TAKE_UP_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED, Role.COORDINATOR}),
    Action.WITHDRAW_REQUEST: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED, Relation.SELF}),
    Action.SUGGEST_HOUSEHOLDS: frozenset({Relation.TEAM_MEMBER, Relation.INVOLVED}),
    Action.SEARCH_HOUSEHOLDS: frozenset({Role.WORKER}),
    Action.REGISTER_HOUSEHOLD: frozenset({Relation.TEAM_MEMBER}),
    Action.VIEW_HOUSEHOLD: _ON_THE_CASE,
    Action.CHANGE_HOUSEHOLD: _ON_THE_CASE,
    Action.FIND_CONTACT: _PEOPLE_AT_WORK | {Role.FRONT_OFFICE, Role.RESIDENT, Role.VOLUNTEER},
    Action.VIEW_AREAS: _PEOPLE_AT_WORK | {Role.FRONT_OFFICE, Role.FUNCTIONAL_ADMIN, Role.AUDITOR, Role.SERVICE},
    Action.MANAGE_AREAS: frozenset({Role.FUNCTIONAL_ADMIN}),
    Action.VIEW_WORKERS: _PEOPLE_AT_WORK | {Role.FUNCTIONAL_ADMIN},
    Action.MANAGE_WORKERS: frozenset({Role.FUNCTIONAL_ADMIN}),
    Action.RESOLVE_CONTACT: frozenset({Role.SERVICE}),
    Action.LIST_CASES: frozenset({Role.WORKER, Role.COORDINATOR, Role.PROCESS_LEAD}),
    Action.VIEW_CASE_CARD: _ON_THE_CASE | {Relation.TEAM_MEMBER, Role.COORDINATOR, Role.PROCESS_LEAD},
    Action.VIEW_CASE: _ON_THE_CASE,
    Action.OFFER_HANDOVER: frozenset({Relation.DIRECTOR}),
    Action.ANSWER_HANDOVER: frozenset({Relation.SELF}),
    Action.RECORD_ABSENCE: frozenset({Relation.SELF, Role.COORDINATOR, Role.PROCESS_LEAD}),
    Action.CHANGE_INVOLVEMENT: frozenset({Relation.DIRECTOR}),
    Action.WRITE_PLAN: frozenset({Relation.DIRECTOR}),
    Action.CARRY_OUT_ACTION: _ON_THE_CASE,
    Action.RECORD_CONSENT: frozenset({Relation.DIRECTOR}),
    Action.REQUEST_SUPPORT: frozenset({Relation.DIRECTOR}),
    Action.CLOSE_CASE: frozenset({Relation.DIRECTOR}),
    Action.MANAGE_VOLUNTEERS: frozenset({Role.VOLUNTEER_COORDINATOR}),
    Action.LIST_NEEDS: frozenset({Role.VOLUNTEER_COORDINATOR}),
    Action.VIEW_NEED: _ON_THE_CASE | {Role.VOLUNTEER_COORDINATOR},
    Action.PROPOSE_MATCH: frozenset({Role.VOLUNTEER_COORDINATOR}),
    Action.ANSWER_FOR_VOLUNTEER: frozenset({Relation.SELF, Role.VOLUNTEER_COORDINATOR}),
    Action.ANSWER_FOR_HOUSEHOLD: _ON_THE_CASE,
    Action.RUN_ASSIGNMENT: _ON_THE_CASE | {Role.VOLUNTEER_COORDINATOR},
    Action.VIEW_INBOX: _PEOPLE_AT_WORK,
    Action.VIEW_NOTIFICATIONS: frozenset({Role.COORDINATOR, Role.PROCESS_LEAD, Role.FUNCTIONAL_ADMIN}),
    Action.DECIDE_NOTIFICATION: frozenset({Role.COORDINATOR, Role.PROCESS_LEAD}),
    Action.VIEW_DEADLINES: frozenset({Role.WORKER, Role.COORDINATOR, Role.PROCESS_LEAD}),
}

_WITHIN_A_TEAM = frozenset({Role.COORDINATOR, Role.PROCESS_LEAD, Role.VOLUNTEER_COORDINATOR})
"""Roles that reach no further than their own team, where the thing at hand belongs to one."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What the policy needs to know of the thing at hand; loaded together with it."""

    team: str | None = None
    directors: frozenset[UUID] = frozenset()
    """The director, and the deputy while the director is absent."""
    involved: frozenset[UUID] = frozenset()
    about: UUID | None = None
    """The person it is about, or to whom it is addressed."""


def standing(actor: Actor, resource: Resource | None = None) -> frozenset[Role | Relation]:
    """Everything this actor is with regard to this thing."""
    here: set[Role | Relation] = set(actor.roles)
    if resource is None:
        return frozenset(here)
    if resource.team is not None and resource.team != actor.team:
        here -= _WITHIN_A_TEAM
    if resource.about == actor.id:
        here.add(Relation.SELF)
    if (actor.has(Role.WORKER) or actor.has(Role.PROCESS_LEAD)) and actor.id in resource.directors:
        here.add(Relation.DIRECTOR)
    if actor.has(Role.WORKER):
        if actor.id in resource.involved:
            here.add(Relation.INVOLVED)
        if resource.team is not None and resource.team == actor.team:
            here.add(Relation.TEAM_MEMBER)
    return frozenset(here)


def may(actor: Actor, action: Action, resource: Resource | None = None) -> bool:
    """Whether the table allows it."""
    return not ALLOWED[action].isdisjoint(standing(actor, resource))


def permit(actor: Actor, action: Action, resource: Resource | None = None) -> None:
    """Go on, or raise `NotAllowed`."""
    if not may(actor, action, resource):
        words = str(action).replace("_", " ")
        raise NotAllowed(f"Your role does not allow you to {words} here.")


def may_ever(actor: Actor, action: Action) -> bool:
    """Whether there is any thing at all with which this actor could do this: the check before anything is loaded."""
    relations = set(Relation) if actor.has(Role.WORKER) else {Relation.SELF}
    if actor.has(Role.PROCESS_LEAD):
        relations.add(Relation.DIRECTOR)
    return not ALLOWED[action].isdisjoint(set(actor.roles) | relations)
