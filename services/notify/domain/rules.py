"""Who hears what: the one table. An event, who must know, which text, over which channel.

Every published event type stands either in `TABLE` or, with the reason, in `NOBODY`; a test keeps it so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from wij.events import Event, intake, matching, notify, plan
from wij.events.notify import ChannelKind

type PartyKind = Literal["request", "household", "volunteer", "worker", "director", "involved", "team"]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody by what they are to the event; who that is, is decided when it happened (`recipients`)."""

    role: str
    """As `notification.*` tells it."""
    kind: PartyKind
    field: str = ""
    """The event's field with their id, where the event says who it is."""


REQUESTER = Party("requester", "request", "request_id")
HOUSEHOLD = Party("household", "household", "household_id")
VOLUNTEER = Party("volunteer", "volunteer", "volunteer_id")
DIRECTOR = Party("director", "director")
"""Who acts as director at that moment: the deputy while the director is away."""
INVOLVED = Party("involved", "involved")
FROM = Party("director", "worker", "from_id")
COLLEAGUE = Party("colleague", "worker", "to_id")
DEPUTY = Party("deputy", "worker", "deputy_id")
WORKER = Party("worker", "worker", "worker_id")
OWNER = Party("owner", "worker", "owner_id")
ACCEPTED_BY = Party("worker", "worker", "accepted_by")
COORDINATORS = Party("coordinator", "team")
PROCESS_LEAD = Party("process_lead", "team")
VOLUNTEER_COORDINATORS = Party("volunteer_coordinator", "team")


def _always(event: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One text for some parties over one channel."""

    channel: ChannelKind
    template: str
    to: tuple[Party, ...]
    when: Callable[[Any], bool] = _always
    facts: tuple[str, ...] = ()
    """Fields of the event that the text needs besides ids: codes, numbers and dates."""
    link: str = ""
    """The field with what to open; the event's own subject when empty."""
    useful: timedelta | None = None
    """How long it is worth sending; after that it is suppressed. None: always, or until the event's own `due_at`."""
    ends_with_case: bool = False
    """Whether it asks for something that is over once the case is closed (I8)."""


def mail(template: str, *to: Party, days: int = 14, **more: Any) -> Rule:
    """A text by e-mail; sent within `days` or not at all."""
    return Rule("mail", template, to, useful=timedelta(days=days), **more)


def inbox(template: str, *to: Party, **more: Any) -> Rule:
    """An item in WIJ itself."""
    return Rule("inbox", template, to, **more)


def _term(*terms: str) -> Callable[[notify.DeadlinePassed | notify.DeadlineApproaching], bool]:
    return lambda event: event.term in terms


def _still_there(event: plan.CaseClosed) -> bool:
    return event.reason != "deceased"


def _not_by_the_volunteer(event: matching.MatchDeclined | matching.AssignmentWithdrawn) -> bool:
    return event.by != "volunteer"


TABLE: Mapping[type[Event], tuple[Rule, ...]] = {
    # A question comes in
    intake.HelpRequestReceived: (
        mail("receipt", REQUESTER, when=lambda e: not e.anonymous, days=7),
        inbox("request_received", COORDINATORS),
    ),
    intake.HelpRequestSafetyChecked: (
        inbox("safety_signal", PROCESS_LEAD, COORDINATORS, when=lambda e: e.result != "none"),
    ),
    intake.HelpRequestAnswered: (mail("request_answered", REQUESTER),),
    intake.HelpRequestWaitlisted: (mail("request_waitlisted", REQUESTER),),
    # One household, one director
    intake.HelpRequestUndirected: (inbox("request_undirected", ACCEPTED_BY, COORDINATORS),),
    plan.CaseOpened: (
        mail("case_opened_household", HOUSEHOLD, ends_with_case=True),
        mail("case_opened_director", DIRECTOR, days=3, ends_with_case=True),
        inbox("case_opened", DIRECTOR),
    ),
    plan.HelpRequestAttachedToCase: (inbox("request_attached", DIRECTOR, link="request_id"),),
    plan.InvolvementAdded: (inbox("involvement_added", WORKER),),
    plan.HandoverOffered: (
        mail("handover_offered", COLLEAGUE, facts=("due_at",), ends_with_case=True),
        inbox("handover_offered", COLLEAGUE, link="handover_id"),
    ),
    plan.HandoverRevoked: (inbox("handover_revoked", COLLEAGUE, link="handover_id"),),
    plan.HandoverDeclined: (inbox("handover_declined", FROM, link="handover_id"),),
    plan.HandoverExpired: (
        inbox("handover_expired", FROM, link="handover_id"),
        inbox("handover_expired_unanswered", PROCESS_LEAD, link="handover_id"),
    ),
    plan.DirectorHandedOver: (
        mail("director_handed_over", HOUSEHOLD, ends_with_case=True),
        inbox("direction_given", FROM),
        inbox("direction_taken", COLLEAGUE),
    ),
    plan.DirectorAbsenceRecorded: (
        mail("deputy_started", DEPUTY, facts=("starts_at", "ends_at", "case_count"), days=3),
        inbox("deputy_started", DEPUTY),
    ),
    plan.DirectorAbsenceEnded: (inbox("deputy_ended", DEPUTY),),
    plan.CaseClosed: (
        mail("case_closed", HOUSEHOLD, when=_still_there),
        inbox("case_closed", INVOLVED),
    ),
    # One plan
    plan.PlanActivated: (mail("plan_activated", HOUSEHOLD, facts=("next_review_at",), ends_with_case=True),),
    plan.ActionAgreed: (
        inbox("action_agreed", OWNER, when=lambda e: e.owner_kind == "professional" and e.owner_id is not None),
    ),
    # Neighbours who help
    plan.SupportNeedRequested: (inbox("need_requested", VOLUNTEER_COORDINATORS),),
    matching.MatchProposed: (
        mail("match_proposed", VOLUNTEER, facts=("match_id", "due_at", "kind", "hours_week"), ends_with_case=True),
        inbox("match_proposed", DIRECTOR),
    ),
    matching.MatchAcceptedByVolunteer: (inbox("match_volunteer_said_yes", VOLUNTEER_COORDINATORS),),
    matching.MatchAcceptedByHousehold: (inbox("match_household_said_yes", VOLUNTEER_COORDINATORS),),
    matching.SupportNeedMatched: (
        mail("match_made_volunteer", VOLUNTEER, ends_with_case=True),
        mail("match_made_household", HOUSEHOLD, facts=("volunteer_id",), ends_with_case=True),
    ),
    matching.MatchDeclined: (
        inbox("match_declined", VOLUNTEER_COORDINATORS, DIRECTOR),
        mail("match_ended", VOLUNTEER, when=_not_by_the_volunteer),
    ),
    matching.MatchExpired: (
        inbox("match_expired", VOLUNTEER_COORDINATORS, DIRECTOR),
        mail("match_ended", VOLUNTEER),
    ),
    matching.AssignmentActivated: (inbox("assignment_activated", DIRECTOR),),
    matching.AssignmentWithdrawn: (
        inbox("assignment_withdrawn", VOLUNTEER_COORDINATORS, DIRECTOR),
        mail("match_ended", VOLUNTEER, when=_not_by_the_volunteer),
    ),
    matching.AssignmentEnded: (
        inbox("assignment_ended", DIRECTOR),
        mail("assignment_ended_volunteer", VOLUNTEER),
    ),
    matching.SupportNeedEnded: (inbox("need_ended", VOLUNTEER_COORDINATORS),),
    # Time passes
    notify.DeadlineApproaching: (
        inbox("review_near", DIRECTOR, when=_term("review"), ends_with_case=True),
        inbox("investigation_near", COORDINATORS, when=_term("investigation"), ends_with_case=True),
    ),
    notify.DeadlinePassed: (
        inbox("review_overdue", DIRECTOR, PROCESS_LEAD, when=_term("review"), ends_with_case=True),
        inbox("action_overdue", DIRECTOR, when=_term("action"), ends_with_case=True),
        inbox("receipt_overdue", COORDINATORS, when=_term("receipt"), ends_with_case=True),
        inbox("investigation_overdue", COORDINATORS, when=_term("investigation"), ends_with_case=True),
        inbox("waiting_overdue", COORDINATORS, when=_term("waiting"), ends_with_case=True),
    ),
    # A message that nobody may forget
    notify.NotificationUnknown: (inbox("mail_unknown", COORDINATORS),),
    notify.NotificationRefused: (inbox("mail_refused", COORDINATORS),),
}

NOBODY: Mapping[type[Event], str] = {
    intake.HelpRequestClarified: "the worker who clarified it knows, and goes on with it",
    intake.HelpRequestAccepted: "what comes of it is told: a case opened, or the request joined one",
    intake.HelpRequestWithdrawn: "withdrawn by the requester, or by the worker together with them",
    intake.HelpRequestErased: "its term passed, long after anybody waited for something; the log shows it",
    intake.HouseholdErased: "there is nobody left to tell",
    intake.HouseholdRegistered: "administration by the worker at hand",
    intake.HouseholdMemberJoined: "administration by the worker at hand",
    intake.HouseholdMemberLeft: "administration by the worker at hand",
    intake.PersonDeceased: "asked from intake when a message is about to be sent, so no message follows (I27)",
    intake.PersonContactSuppressed: "asked from intake when a message is about to be sent, so no message follows (I27)",
    intake.TeamAreaChanged: "the functional administrator did it; teams see it in their worklist",
    intake.TeamActivated: "the functional administrator did it, on a date the team agreed",
    intake.WorkerJoinedTeam: "inboxes are per role and team, so there is nothing to set up and nobody to tell",
    intake.WorkerLeftTeam: "I7 keeps a worker with cases from leaving, so nothing is left behind",
    plan.CaseErased: "its term passed, years after everybody was told that it closed",
    plan.InvolvementEnded: "agreed between director and worker; the worker no longer sees the case",
    plan.PlanDrafted: "work in progress of the director",
    plan.PlanAgreed: "the household was there; it hears when the plan is active",
    plan.PlanDeclined: "the household said so itself, to the director",
    plan.PlanSuperseded: "the plan that took its place is told",
    plan.PlanClosed: "told with its case",
    plan.ActionDone: "shown in the plan; not worth an interruption",
    plan.ReviewPlanned: "its deadline speaks when the date comes near",
    plan.ReviewHeld: "the household and the director were there",
    plan.ReviewCancelled: "a newer plan or the end of the case took its place, and that is told",
    plan.ConsentGiven: "the household gave it, to the director",
    plan.ConsentWithdrawn: "the household took it back, at the director; matching ends what rests on it, and tells",
    plan.SupportNeedWithdrawn: "matching answers with support_need.ended, which is told",
    matching.VolunteerActivated: "the volunteer coordinator did it",
    matching.VolunteerPaused: "the volunteer coordinator did it, together with the volunteer",
    matching.VolunteerErased: "paused for years, and not to be written to any more",
    matching.ConductCertificateValidated: "the volunteer coordinator saw it",
    matching.SupportNeedReopened: "told by what reopened it: declined, expired or withdrawn",
    matching.SupportNeedFulfilled: "told by assignment.ended",
    matching.AssignmentIntroduced: "volunteer and household met; the coordinator was there",
    notify.NotificationSent: "the recipient has it",
    notify.NotificationSuppressed: "on purpose, and on the list of notifications with its reason",
}

SHOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "case_opened_household": {"director": ("given_name",)},
    "director_handed_over": {"director": ("given_name",)},
    "match_proposed": {"answer_link": ("link",)},
    "match_made_volunteer": {"household": ("given_name", "phone")},
    "match_made_household": {"volunteer": ("given_name",)},
}
"""What a mail may show of somebody other than its reader (I12). What is not here cannot reach a template."""
