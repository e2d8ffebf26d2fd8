"""Who works in which team. `id` is the subject of the worker's account at the identity provider."""

from collections.abc import Sequence
from uuid import UUID

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import BadCell, Row, each, rows
from wij_cli.imports.sending import Ask, Step, some_at_a_time

NEEDED = ("id", "name", "email", "team", "roles", "caseload_limit")


def parse(text: str) -> tuple[Sequence[Ask], Sequence[Bad]]:
    """The workers in the file, and the rows that are not."""
    found, broken = rows(text, NEEDED)
    asks, bad = each(found, _worker)
    return asks, [*broken, *bad]


async def send(api: Api, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """Set each of them, as functional administrator; those who stand there already are left alone."""
    standing = {worker["worker_id"]: worker async for worker in api.items("intake", "/v1/workers")}

    async def one(ask: Ask) -> None:
        before = standing.get(ask.reference)
        if before is not None and all(_alike(before.get(name), value) for name, value in ask.body.items()):
            outcome.add("same")
            return
        await api.put("intake", f"/v1/workers/{ask.reference}", ask.body)
        outcome.add("new" if before is None else "changed")

    await some_at_a_time(asks, one, outcome, step)


def _alike(before: object, value: object) -> bool:
    """The same, where the order of a list says nothing."""
    if isinstance(before, list) and isinstance(value, list):
        return sorted(before) == sorted(value)
    return before == value


def _worker(row: Row) -> Ask:
    try:
        worker_id = str(UUID(row.needed("id")))
    except BadCell:
        raise
    except ValueError:
        raise BadCell("id is not a UUID; take the `sub` of the worker's account") from None
    body: Json = {
        "name": row.needed("name"),
        "email": row.needed("email"),
        "team": row.needed("team"),
        "roles": list(row.list("roles")),
        "specialisms": list(row.list("specialisms")) if row.optional("specialisms") else [],
        "caseload_limit": row.number("caseload_limit"),
    }
    return Ask(row.line, worker_id, body)
