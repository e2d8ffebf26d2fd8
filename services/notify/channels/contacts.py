"""Where somebody can be reached, asked from the service that owns the answer, at the moment of sending."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from services.notify.domain.delivery import Contact, ContactKind, Ref
from wij.errors import Unavailable
from wij.settings import Settings
from wij.tokens import ServiceTokens

log = structlog.get_logger()

_INTAKE: Mapping[ContactKind, str] = {
    "request": "requests", "household": "households", "worker": "workers",
}  # fmt: skip
_MATCHING: Mapping[ContactKind, str] = {"volunteer": "volunteers", "answer_link": "answer_links"}


class _Item(BaseModel):
    kind: Literal["person", "request", "household", "worker", "volunteer", "answer_link"]
    id: UUID
    given_name: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    link: str | None = None
    suppressed: bool = False
    deceased: bool = False


class _Answer(BaseModel):
    items: list[_Item]


@dataclass(frozen=True, slots=True)
class Contacts:
    """intake (requesters, households, workers) and matching (volunteers, their links), over HTTP."""

    settings: Settings
    tokens: ServiceTokens
    http: httpx.AsyncClient

    async def resolve(self, wanted: Collection[Ref]) -> Mapping[Ref, Contact | None]:
        """Contacts by reference; None when the owner knows nobody, no key at all when the owner did not answer."""
        return {
            **await self._ask(self.settings.intake_url, _INTAKE, wanted),
            **await self._ask(self.settings.matching_url, _MATCHING, wanted),
        }

    async def _ask(
        self, url: str, lists: Mapping[ContactKind, str], wanted: Collection[Ref]
    ) -> Mapping[Ref, Contact | None]:
        mine = [ref for ref in wanted if ref[0] in lists]
        if not mine:
            return {}
        question = {name: [str(id_) for kind, id_ in mine if kind == of] for of, name in lists.items()}
        try:
            token = await self.tokens.token()
            answer = await self.http.post(
                f"{url}/v1/contacts/_resolve", json=question, headers={"Authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
            items = _Answer.model_validate_json(answer.content).items
        except (httpx.HTTPError, Unavailable, ValidationError) as error:
            log.warning("contacts_away", error=type(error).__name__)
            return {}
        found = {(item.kind, item.id): item for item in items}
        return {ref: _contact(found.get(ref)) for ref in mine}


def _contact(item: _Item | None) -> Contact | None:
    if item is None:
        return None
    first = item.given_name or (item.name or "").partition(" ")[0] or None
    return Contact(first, item.email, item.phone, item.link, item.suppressed, item.deceased)
