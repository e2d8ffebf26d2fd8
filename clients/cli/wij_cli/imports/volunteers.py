"""A volunteer organisation's CSV."""

from collections.abc import Sequence

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import BadCell, Row, each, rows
from wij_cli.imports.sending import Ask, Step, create
from wij_cli.week import blocks

NEEDED = (
    "kenmerk",
    "voornaam",
    "achternaam",
    "team",
    "buurt",
    "afstand_km",
    "soorten",
    "talen",
    "beschikbaar",
    "uren_per_week",
)

KINDS = {
    "praatje": "conversation",
    "boodschappen": "errands",
    "informeren": "inform",
    "meegaan": "accompany",
    "klussen": "practical",
    "mantelzorger_ontlasten": "respite",
    "administratie": "admin",
}
LANGUAGES = {
    "nederlands": "nl",
    "gronings": "gos",
    "fries": "fy",
    "engels": "en",
    "duits": "de",
    "frans": "fr",
    "spaans": "es",
    "portugees": "pt",
    "papiaments": "pap",
    "pools": "pl",
    "oekraiens": "uk",
    "russisch": "ru",
    "roemeens": "ro",
    "turks": "tr",
    "arabisch": "ar",
    "berbers": "ber",
    "farsi": "fa",
    "dari": "prs",
    "somalisch": "so",
    "tigrinya": "ti",
    "chinees": "zh",
    "gebaren": "dse",
}


def parse(text: str) -> tuple[Sequence[Ask], Sequence[Bad]]:
    """The volunteers in the file, and the rows that are not."""
    found, broken = rows(text, NEEDED)
    asks, bad = each(found, _volunteer)
    return asks, [*broken, *bad]


async def send(api: Api, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """Register them, as the volunteer coordinator of their team."""
    await create(api, "matching", "/v1/volunteers", asks, outcome, step)


def _volunteer(row: Row) -> Ask:
    reference = row.needed("kenmerk")
    body: Json = {
        "given_name": row.needed("voornaam"),
        "family_name": row.needed("achternaam"),
        "email": row.optional("email"),
        "phone": row.optional("telefoon"),
        "team": row.needed("team").lower(),
        "buurt": row.needed("buurt").upper(),
        "max_distance_m": _metres(row),
        "kinds": row.choices("soorten", KINDS),
        "languages": row.choices("talen", LANGUAGES),
        "availability": _availability(row),
        "hours_week": row.number("uren_per_week"),
        "certificate_valid_until": row.day("vog_geldig_tot"),
        "reference": reference,
    }
    return Ask(row.line, reference, body)


def _availability(row: Row) -> Sequence[Json]:
    try:
        return blocks(row.needed("beschikbaar").replace("|", ","))
    except BadCell:
        raise
    except ValueError as error:
        raise BadCell(f"beschikbaar: {error}") from None


def _metres(row: Row) -> int:
    value = row.needed("afstand_km")
    try:
        return round(float(value.replace(",", ".")) * 1000)
    except ValueError:
        raise BadCell(f'afstand_km is "{value}"; write kilometres, such as 2,5') from None
