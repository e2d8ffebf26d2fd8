"""The contacts a front office points out."""

from collections.abc import Sequence

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import Row, each, rows
from wij_cli.imports.sending import Ask, Step, create

NEEDED = ("code", "name", "kind", "topics")
_YES_NO = {"ja": "yes", "nee": "no"}


def parse(text: str) -> tuple[Sequence[Ask], Sequence[Bad]]:
    """The contacts in the file, and the rows that are not."""
    found, broken = rows(text, NEEDED)
    asks, bad = each(found, _contact)
    return asks, [*broken, *bad]


async def send(api: Api, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """Add them, as functional administrator."""
    await create(api, "intake", "/v1/contacts", asks, outcome, step)


def _contact(row: Row) -> Ask:
    code = row.needed("code")
    body: Json = {
        "code": code,
        "name": row.needed("name"),
        "kind": row.needed("kind"),
        "team": row.optional("team"),
        "topics": list(row.list("topics")),
        "phone": row.optional("phone"),
        "email": row.optional("email"),
        "opening_hours": row.optional("opening_hours"),
        "active": row.choice("active", _YES_NO, "ja") == "yes",
    }
    return Ask(row.line, code, body)
