"""`wij requests`: a question, from the desk to the household's case."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Questions that came in, and what becomes of them.")

Id = Annotated[UUID, Argument(help="the request")]

COLUMNS = {
    "Request": "request_id",
    "State": "state",
    "Channel": "channel",
    "Team": "team",
    "Urgency": "urgency",
    "Safety": "safety",
    "Due": "due_at",
    "Received": "received_at",
}


@app.verb("list")
async def list_requests(
    shell: Shell,
    state: Annotated[str | None, Option(help="such as received, clarifying or waiting")] = None,
    team: Annotated[str | None, Option(help="a team's code")] = None,
) -> None:
    """The requests you may see."""
    shell.rows(await shell.api.list("intake", "/v1/requests", state=state, team=team), COLUMNS)


@app.verb("show")
async def show(shell: Shell, request_id: Id) -> None:
    """One request; with its words, if you handle it."""
    shell.one((await shell.api.get("intake", f"/v1/requests/{request_id}")).body)


@app.verb("register")
async def register(
    shell: Shell,
    channel: Annotated[str, Option(help="stip, cjg, zorgloket, website, wij_location, partner or signal")],
    postcode: Annotated[str, Option()],
    house_number: Annotated[int, Option()],
    question: Annotated[str, Option(help="in the asker's own words")],
    addition: Annotated[str | None, Option()] = None,
    given_name: Annotated[str | None, Option(help="leave the names out for an anonymous request")] = None,
    family_name: Annotated[str | None, Option()] = None,
    relation: Annotated[str, Option(help="self, family, neighbour, professional or other")] = "self",
    phone: Annotated[str | None, Option()] = None,
    email: Annotated[str | None, Option()] = None,
    birth_date: Annotated[str | None, Option(help="such as 1950-04-21")] = None,
    reference: Annotated[str | None, Option(help="your own number for it")] = None,
) -> None:
    """Register a question."""
    requester: Json = {"anonymous": True}
    if given_name or family_name:
        requester = {"anonymous": False, "given_name": given_name, "family_name": family_name, "relation": relation}
        requester |= {"phone": phone, "email": email, "birth_date": birth_date}
    body: Json = {"channel": channel, "postcode": postcode, "house_number": house_number, "question": question}
    body |= {"addition": addition, "reference": reference, "requester": requester}
    shell.one((await shell.api.post("intake", "/v1/requests", body)).body)


@app.verb("clarify")
async def clarify(
    shell: Shell,
    request_id: Id,
    urgency: Annotated[str, Option(help="low, normal, high or acute")],
    topic: Annotated[list[str], Option(help="may be given more than once")],
    life_domain: Annotated[list[str] | None, Option(help="may be given more than once")] = None,
    note: Annotated[str | None, Option()] = None,
) -> None:
    """Record the question behind the question."""
    body: Json = {"topics": topic, "life_domains": life_domain or [], "urgency": urgency, "note": note}
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/clarification", body)).body)


@app.verb("safety")
async def safety(
    shell: Shell,
    request_id: Id,
    result: Annotated[str, Argument(help="none, concern or acute")],
    note: Annotated[str | None, Option()] = None,
) -> None:
    """Record the check on basic care and safety."""
    body: Json = {"result": result, "note": note}
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/safety-check", body)).body)


@app.verb("answer")
async def answer(
    shell: Shell,
    request_id: Id,
    text: Annotated[str, Option(help="what was said")],
    kind: Annotated[str, Option(help="info, contact_pointed or general_provision")] = "info",
    contact: Annotated[str | None, Option(help="the code of the contact that was pointed out")] = None,
) -> None:
    """Answer the question without a case."""
    body: Json = {"answer_kind": kind, "contact": contact, "text": text}
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/answer", body)).body)


@app.verb("suggest")
async def suggest(shell: Shell, request_id: Id) -> None:
    """Households that may be the asker's; never what is known of them."""
    found = await shell.api.look("intake", f"/v1/requests/{request_id}/household-suggestions")
    shell.rows(found, {"Household": "household_id", "Why": "reasons"}, empty="No household looks like it.")


@app.verb("accept")
async def accept(
    shell: Shell,
    request_id: Id,
    household: Annotated[UUID, Option(help="from `wij requests suggest` or `wij households register`")],
    legal_basis: Annotated[str, Option(help="such as public_task or consent")] = "public_task",
    *,
    wait: Annotated[bool, Option("--wait", help="put it on the waiting list")] = False,
) -> None:
    """Take the request up for a household: its one case opens, or is joined."""
    body: Json = {"household_id": str(household), "legal_basis": legal_basis, "wait": wait}
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/acceptance", body)).body)


@app.verb("take-up")
async def take_up(shell: Shell, request_id: Id) -> None:
    """Take a request from the waiting list."""
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/take-up")).body)


@app.verb("withdraw")
async def withdraw(shell: Shell, request_id: Id, reason: Annotated[str, Option()]) -> None:
    """Record that the asker took the question back."""
    shell.one((await shell.api.post("intake", f"/v1/requests/{request_id}/withdrawal", {"reason": reason})).body)
