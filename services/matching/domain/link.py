"""The link by which a volunteer answers without an account: for one proposal, for a while, once (FL-13)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.matching.domain.match import Match
from wij.errors import Refusal


class UnknownLink(Refusal):
    """We gave no such link, or gave a newer one since."""

    status = 404


class LinkUsed(Refusal):
    """This link did its one thing."""

    status = 410


class LinkExpired(Refusal):
    """The question this link was for is no longer open."""

    status = 410


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was given out; the token itself is known only to whom it was sent."""

    match_id: UUID
    expires_at: datetime
    used_at: datetime | None


def check(link: Link | None, match: Match | None, now: datetime) -> tuple[Link, Match]:
    """Go on with the link and its match; raises `UnknownLink`, `LinkUsed` or `LinkExpired`."""
    if link is None or match is None:
        raise UnknownLink("We do not know this link. A newer message may hold a newer link.")
    if link.used_at is not None or match.volunteer_accepted_at is not None:
        raise LinkUsed("This question has been answered.")
    if match.state != "proposed" or now >= link.expires_at:
        raise LinkExpired("This question is no longer open.")
    return link, match
