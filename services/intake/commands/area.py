"""What may be asked about teams, their areas, their workers and the contacts of the city."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.intake.commands import Command, Email, Line, Moment, Phone, Postcode, on_one_line
from wij.events import BuurtCode, Code, TeamCode

Cell = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(on_one_line)]
Several = Annotated[tuple[Code, ...], Field(max_length=40)]


class PutTeam(Command):
    """A team as it is: its name, from when it receives, and who receives for it before that (S4-13)."""

    name: Line
    active_from: Moment
    fallback: TeamCode | None = None


class BuurtRow(Command):
    """One neighbourhood of an import; x and y are the middle in Rijksdriehoek metres. Checked row by row."""

    code: Cell
    name: Cell
    wijk: Cell | None = None
    municipality: Cell | None = None
    x: Annotated[int, Field(ge=0, le=300_000)] | None = None
    y: Annotated[int, Field(ge=300_000, le=625_000)] | None = None


class ImportBuurten(Command):
    """A list of neighbourhoods, at most 5,000 at a time."""

    items: Annotated[tuple[BuurtRow, ...], Field(max_length=5000)]


class PostcodeRow(Command):
    """One postcode of an import, and the neighbourhood it lies in. Checked row by row."""

    postcode: Cell
    buurt: Cell


class ImportPostcodes(Command):
    """A list of postcodes, at most 5,000 at a time."""

    items: Annotated[tuple[PostcodeRow, ...], Field(max_length=5000)]


class AssignArea(Command):
    """From a moment on (now, when it is not given) this team answers for these neighbourhoods (S4-8)."""

    team: TeamCode
    buurten: Annotated[tuple[BuurtCode, ...], Field(min_length=1, max_length=500)]
    valid_from: Moment | None = None


class PutWorker(Command):
    """A worker as they are: in one team, with roles, specialisms and room for so many households."""

    team: TeamCode
    roles: Annotated[Several, Field(min_length=1)]
    specialisms: Several = ()
    caseload_limit: Annotated[int, Field(ge=0, le=1000)]
    name: Line
    email: Email


class PutContact(Command):
    """A contact that may be pointed out (S4-2). The same code again replaces what was known."""

    code: Code
    name: Line
    kind: Code
    team: TeamCode | None = None
    topics: Several = ()
    phone: Phone | None = None
    email: Email | None = None
    opening_hours: Line | None = None
    active: bool = True


class FindContacts(Command):
    """The question who can help with this topic at this address."""

    topic: Code
    postcode: Postcode


class ResolveContacts(Command):
    """How to reach these, at this moment; asked by notify when it sends."""

    persons: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    households: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    workers: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    requests: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
