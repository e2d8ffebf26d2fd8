"""Who is acting: a person with roles and a team, or one of our own services."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5


class Role(StrEnum):
    """What somebody is, as their identity provider says (claim `roles`). No role contains another."""

    WORKER = "worker"
    FRONT_OFFICE = "front_office"
    COORDINATOR = "coordinator"
    PROCESS_LEAD = "process_lead"
    VOLUNTEER_COORDINATOR = "volunteer_coordinator"
    VOLUNTEER = "volunteer"
    RESIDENT = "resident"
    AUDITOR = "auditor"
    FUNCTIONAL_ADMIN = "functional_admin"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf a transaction runs; PostgreSQL's row level security sees the same values."""

    id: UUID
    roles: frozenset[Role]
    team: str | None = None

    def has(self, role: Role) -> bool:
        """Whether this actor holds the role itself."""
        return role in self.roles


def service_actor(name: str) -> Actor:
    """A service acting by itself: applying events, sweeping deadlines, sending mail."""
    return Actor(uuid5(NAMESPACE_URL, f"urn:wij:service:{name}"), frozenset({Role.SERVICE}))
