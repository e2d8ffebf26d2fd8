"""A front desk's CSV of requests, with the headers a Stip exports."""

from collections.abc import Sequence

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import Row, each, rows
from wij_cli.imports.sending import Ask, Step, create

NEEDED = ("kenmerk", "kanaal", "postcode", "huisnummer", "vraag")

CHANNELS = {
    "stip": "stip",
    "cjg": "cjg",
    "zorgloket": "zorgloket",
    "website": "website",
    "wij-locatie": "wij_location",
    "partner": "partner",
    "signaal": "signal",
}
RELATIONS = {
    "zelf": "self",
    "familie": "family",
    "buur": "neighbour",
    "beroepskracht": "professional",
    "anders": "other",
}
ANONYMOUS = {"ja": "yes", "nee": "no"}


def parse(text: str) -> tuple[Sequence[Ask], Sequence[Bad]]:
    """The requests in the file, and the rows that are not."""
    found, broken = rows(text, NEEDED)
    asks, bad = each(found, _request)
    return asks, [*broken, *bad]


async def send(api: Api, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """Register them, as front office or as somebody of a team."""
    await create(api, "intake", "/v1/requests", asks, outcome, step)


def _request(row: Row) -> Ask:
    reference = row.needed("kenmerk")
    body: Json = {
        "channel": row.choice("kanaal", CHANNELS),
        "postcode": row.needed("postcode").replace(" ", "").upper(),
        "house_number": row.number("huisnummer"),
        "addition": row.optional("toevoeging"),
        "question": row.needed("vraag"),
        "reference": reference,
        "requester": _requester(row),
    }
    return Ask(row.line, reference, body)


def _requester(row: Row) -> Json:
    if row.choice("anoniem", ANONYMOUS, "nee") == "yes":
        return {"anonymous": True}
    return {
        "anonymous": False,
        "given_name": row.needed("voornaam"),
        "family_name": row.needed("achternaam"),
        "relation": row.choice("relatie", RELATIONS, "zelf"),
        "phone": row.optional("telefoon"),
        "email": row.optional("email"),
        "birth_date": row.day("geboortedatum"),
    }
