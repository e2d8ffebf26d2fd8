"""The volunteer's own answer, by a link; and the contacts notify asks for at the moment it sends."""

import secrets
from hashlib import sha256

from services.matching.commands import AnswerProposal, ResolveContacts
from services.matching.domain import link as domain
from services.matching.domain import proposal
from services.matching.handlers import disclosure
from services.matching.handlers.matches import save
from services.matching.store import matches, needs, volunteers
from services.matching.views import AnswerNoted, AskedOfVolunteer, ContactItem, ContactsView
from wij import audit
from wij.access import Action
from wij.database import Transaction


async def asked(tx: Transaction, token: str) -> AskedOfVolunteer:
    """What the volunteer is asked. Looking answers nothing: mail programs open links by themselves."""
    link = await matches.link(tx, _digest(token))
    found = await matches.load(tx, Action.RESOLVE_CONTACT, link.match_id) if link else None
    need, match = found or (None, None)
    link, match = domain.check(link, match, tx.now)
    assert need is not None, "a match has a need"
    await audit.looked(
        tx,
        Action.ANSWER_FOR_VOLUNTEER,
        "match",
        match.match_id,
        household_id=match.household_id,
        relation="volunteer_by_link",
    )
    return disclosure.asked_of_volunteer(need, match, await needs.standing_of(tx, need, match.volunteer_id))


async def answer(tx: Transaction, token: str, ask: AnswerProposal) -> AnswerNoted:
    """The volunteer says yes or no, once: the link is read again after the need is locked."""
    first = await matches.link(tx, _digest(token))
    found = await matches.with_needs_for_update(tx, [first.match_id] if first else [])
    need, match = found[first.match_id] if first else (None, None)
    link, match = domain.check(await matches.link(tx, _digest(token)), match, tx.now)
    assert need is not None, "a match has a need"
    step = proposal.answer(need, match, "volunteer", ask.answer, ask.reason, tx.now)
    await matches.use_link(tx, link.match_id)
    await save(tx, step)
    await audit.looked(
        tx,
        Action.ANSWER_FOR_VOLUNTEER,
        "match",
        match.match_id,
        household_id=match.household_id,
        relation="volunteer_by_link",
        result="changed",
    )
    return AnswerNoted(answer=ask.answer)


async def resolve(tx: Transaction, ask: ResolveContacts, address: str) -> ContactsView:
    """How to reach volunteers now, and fresh links for proposals that wait for their answer.

    `address` is where our answer pages are. Only the SHA-256 of a token stays here, so a link is made anew each time,
    and the one of an earlier mail stops working. A proposal that waits no longer gets no link.
    """
    items = list(await volunteers.contacts(tx, ask.volunteers))
    until = await matches.waiting_for_volunteer(tx, ask.answer_links)
    made = {match_id: secrets.token_urlsafe(32) for match_id in until}
    await matches.keep_links(tx, {match_id: _digest(token) for match_id, token in made.items()}, until)
    for match_id, token in made.items():
        items.append(ContactItem(kind="answer_link", id=match_id, link=f"{address}/v1/answer-links/{token}"))
    for item in items:
        await audit.looked(tx, Action.RESOLVE_CONTACT, item.kind, item.id, purpose="notification")
    return ContactsView(items=items)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
