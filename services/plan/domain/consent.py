"""On which basis something is shared: to whom, which fields, until when; and the end of it (PRIV-09)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.plan.commands.support import GiveConsent
from services.plan.domain.case import Case, must_be_open
from wij.calendar import day_of
from wij.errors import Refusal
from wij.events.plan import ConsentGiven, ConsentWithdrawn


class ConsentEndsBeforeItBegins(Refusal):
    """A consent holds at least today."""

    status = 400


class ConsentIsWithdrawn(Refusal):
    """What was withdrawn is not shared."""


class ConsentIsOver(Refusal):
    """What ended is not shared."""


class ConsentDoesNotCover(Refusal):
    """Only what the consent names is shared."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One basis for sharing."""

    consent_id: UUID
    case_id: UUID
    scope: frozenset[str]
    until: date
    withdrawn_at: datetime | None = None


def give(case: Case, ask: GiveConsent, *, consent_id: UUID, now: datetime) -> tuple[Consent, ConsentGiven]:
    """Something may be shared, up to and including the day `until`."""
    must_be_open(case)
    if ask.until < day_of(now):
        raise ConsentEndsBeforeItBegins("Choose a last day that is not over.")
    consent = Consent(consent_id=consent_id, case_id=case.case_id, scope=frozenset(ask.scope), until=ask.until)
    return consent, ConsentGiven(
        team=case.team,
        consent_id=consent_id,
        case_id=case.case_id,
        household_id=case.household_id,
        person_id=ask.person_id,
        legal_basis=ask.legal_basis,
        purpose=ask.purpose,
        recipient_kind=ask.recipient_kind,
        scope=ask.scope,
        until=ask.until,
    )


def withdraw_consent(case: Case, consent: Consent, now: datetime) -> tuple[Consent, ConsentWithdrawn]:
    """It may no longer be shared, from this moment; also after the case closed."""
    if consent.withdrawn_at is not None:
        raise ConsentIsWithdrawn("This consent was withdrawn already.")
    return replace(consent, withdrawn_at=now), ConsentWithdrawn(
        team=case.team, consent_id=consent.consent_id, case_id=case.case_id, household_id=case.household_id
    )


def must_cover(consent: Consent, field: str, day: date, now: datetime) -> None:
    """The consent allows sharing this, today and on `day`.

    Raises `ConsentIsWithdrawn`, `ConsentIsOver`, `ConsentDoesNotCover`.
    """
    if consent.withdrawn_at is not None:
        raise ConsentIsWithdrawn("This consent was withdrawn. Ask the household again.")
    if consent.until < max(day, day_of(now)):
        raise ConsentIsOver("This consent ends before the help starts. Ask the household again.")
    if field not in consent.scope:
        raise ConsentDoesNotCover(f"This consent does not cover `{field}`. Ask the household for one that does.")
