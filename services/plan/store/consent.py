"""What may be shared, on which basis."""

from collections.abc import Sequence
from uuid import UUID

from services.plan.commands.support import GiveConsent
from services.plan.domain.consent import Consent
from services.plan.views.support import ConsentView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "consent.sql")


async def case_of(tx: Transaction, consent_id: UUID) -> UUID:
    """The case of a consent, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, consent_id)
    if case_id is None:
        raise NotFound("There is no such consent.")
    return case_id


async def one(tx: Transaction, consent_id: UUID) -> Consent:
    """One consent as it stands; raises `NotFound`."""
    found = await view(tx, consent_id)
    return Consent(found.consent_id, found.case_id, frozenset(found.scope), found.until, found.withdrawn_at)


async def give(tx: Transaction, given: Sequence[tuple[Consent, GiveConsent]]) -> None:
    """Save new consents."""
    rows = [
        (
            consent.consent_id,
            consent.case_id,
            ask.person_id,
            ask.legal_basis,
            ask.purpose,
            ask.recipient_kind,
            ask.scope,
            ask.until,
            ask.how,
        )
        for consent, ask in given
    ]
    await tx.run(SQL.give, rows, tx.now)


async def withdraw(tx: Transaction, consent: Consent) -> None:
    """Save that a consent was withdrawn."""
    await tx.run(SQL.withdraw, consent.consent_id, consent.withdrawn_at)


async def view(tx: Transaction, consent_id: UUID) -> ConsentView:
    """One consent; raises `NotFound`."""
    row = await tx.row(SQL.consent, consent_id)
    if row is None:
        raise NotFound("There is no such consent.")
    return ConsentView(**dict(row))


async def views(tx: Transaction, case_id: UUID) -> list[ConsentView]:
    """All consents of a case, oldest first."""
    return [ConsentView(**dict(row)) for row in await tx.rows(SQL.consents_of_case, case_id)]
