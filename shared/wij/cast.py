"""The invented people of the demo and the tests, with the teams they work in. Nobody here exists.

The local issuer signs them in by first name without a password, so they are for development only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from wij.identity import Actor, Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody you can sign in as."""

    login: str
    name: str
    does: str
    role: Role
    team: str | None = None

    @property
    def id(self) -> UUID:
        """Always the same, so data made before a restart still belongs to the same people."""
        return uuid5(NAMESPACE_URL, f"urn:wij:cast:{self.login}")

    @property
    def email(self) -> str:
        """An address in a domain that cannot exist."""
        return f"{self.login}@wij.example"

    @property
    def actor(self) -> Actor:
        """What our services see of this person."""
        return Actor(self.id, frozenset({self.role}), self.team)


_PEOPLE = (
    Person("samira", "Samira el Idrissi", "social worker", Role.WORKER, "selwerd"),
    Person("nadia", "Nadia Postma", "social worker", Role.WORKER, "selwerd"),
    Person("tom", "Tom Brugsma", "social worker", Role.WORKER, "selwerd"),
    Person("karin", "Karin Haveman", "coordinator", Role.COORDINATOR, "selwerd"),
    Person("roy", "Roy Tilburg", "process lead", Role.PROCESS_LEAD, "selwerd"),
    Person("hanneke", "Hanneke Wierda", "volunteer coordinator", Role.VOLUNTEER_COORDINATOR, "selwerd"),
    Person("joost", "Joost Kamphuis", "social worker", Role.WORKER, "paddepoel"),
    Person("mirjam", "Mirjam Oldenziel", "coordinator", Role.COORDINATOR, "paddepoel"),
    Person("els", "Els van Dalfsen", "process lead", Role.PROCESS_LEAD, "paddepoel"),
    Person("willem", "Willem Stokroos", "volunteer coordinator", Role.VOLUNTEER_COORDINATOR, "paddepoel"),
    Person("sip", "Sip Reitsema", "front office", Role.FRONT_OFFICE),
    Person("bea", "Bea Lindeboom", "auditor", Role.AUDITOR),
    Person("ferd", "Ferd Nijland", "functional administrator", Role.FUNCTIONAL_ADMIN),
)

CAST: Mapping[str, Person] = {person.login: person for person in _PEOPLE}
"""Everybody, by the name they sign in with."""
