"""`wij households`: who belongs together, for the purpose of support."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.refusals import Misused
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Households and who belongs to them.")

Id = Annotated[UUID, Argument(help="the household")]
Members = Annotated[
    list[str], Option("--member", help='"Given;Family;1950-04-21;phone;email"; only the names must be there')
]


def person(words: str, kind: str = "primary") -> Json:
    """A member as the command line writes one."""
    cells: list[str | None] = [cell.strip() or None for cell in words.split(";")]
    if len(cells) < 2 or not all(cells[:2]):
        raise Misused(f'"{words}" is not a member: write "Given;Family", and after it what more is known.')
    given, family, birth_date, phone, email = (cells + [None] * 5)[:5]
    known = {"birth_date": birth_date, "phone": phone, "email": email}
    return {"given_name": given, "family_name": family, "kind": kind} | known


@app.verb("register")
async def register(
    shell: Shell,
    postcode: Annotated[str, Option()],
    house_number: Annotated[int, Option()],
    members: Members,
    addition: Annotated[str | None, Option()] = None,
) -> None:
    """Register a household."""
    body: Json = {"postcode": postcode, "house_number": house_number, "addition": addition}
    body["members"] = [person(words) for words in members]
    shell.one((await shell.api.post("intake", "/v1/households", body)).body)


@app.verb("show")
async def show(shell: Shell, household_id: Id) -> None:
    """A household you work for."""
    shell.one((await shell.api.get("intake", f"/v1/households/{household_id}")).body)


@app.verb("search")
async def search(shell: Shell, postcode: Annotated[str, Option()], house_number: Annotated[int, Option()]) -> None:
    """Whether the household at an address is known, and who directs."""
    body: Json = {"postcode": postcode, "house_number": house_number}
    found = await shell.api.look("intake", "/v1/households/_search", body)
    columns = {"Household": "household_id", "Case open": "case_open", "Director": "director_id"}
    shell.rows(found, columns, empty="No household is known at this address.")


@app.verb("join")
async def join(
    shell: Shell,
    household_id: Id,
    member: Annotated[str, Option(help='"Given;Family;1950-04-21;phone;email"')],
    kind: Annotated[str, Option(help="primary or secondary")] = "primary",
) -> None:
    """Add a member."""
    shell.one((await shell.api.post("intake", f"/v1/households/{household_id}/members", person(member, kind))).body)


@app.verb("leave")
async def leave(
    shell: Shell,
    household_id: Id,
    person_id: Annotated[UUID, Argument()],
    until: Annotated[str, Option(help="the first day on which the person no longer belongs, such as 2026-11-21")],
) -> None:
    """Record that a member left."""
    path = f"/v1/households/{household_id}/members/{person_id}/departure"
    shell.one((await shell.api.post("intake", path, {"until": until})).body)


@app.verb("died")
async def died(shell: Shell, person_id: Annotated[UUID, Argument()], on: Annotated[str, Option()]) -> None:
    """Record a death: nobody writes to this person again."""
    shell.one((await shell.api.post("intake", f"/v1/persons/{person_id}/death", {"died_on": on})).body)


@app.verb("silence")
async def silence(shell: Shell, person_id: Annotated[UUID, Argument()]) -> None:
    """Record that a person does not want to be written to."""
    shell.one((await shell.api.post("intake", f"/v1/persons/{person_id}/contact-suppression")).body)
