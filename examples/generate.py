"""Make the files of `municipality/`: `python -m examples.generate`. A rerun gives the same bytes.

Real are the names and codes of the neighbourhoods (CBS, Wijken en buurten 2014). Invented is everything else: the
postcodes end in letters that Dutch postcodes never have, the coordinates are roughly right and no more, the people have
names nobody bears, mail addresses in a domain that cannot exist and telephone numbers nobody is given.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from examples.askers import requests
from examples.places import BUURTEN, CASELOAD, COLLEAGUES, CONTACTS, SPECIALISMS, TEAMS, WIJKEN, postcodes
from examples.volunteers import volunteers
from wij.cast import CAST
from wij.identity import Role

MUNICIPALITY = Path(__file__).parent / "municipality"
_SOURCE = "# Namen en codes van wijken en buurten: CBS, Wijken en buurten 2014. De rest is verzonnen."
_INVENTED = "# Verzonnen mensen, vragen, adressen en nummers."


def files() -> dict[str, str]:
    """Every file of the municipality, by name."""
    return {
        "areas.csv": _csv(_SOURCE, _areas()),
        "workers.csv": _csv(_INVENTED, _workers()),
        "contacts.csv": _csv(_INVENTED, _contacts()),
        "requests.csv": _csv(_INVENTED, requests(), delimiter=";"),
        "volunteers.csv": _csv(_INVENTED, volunteers(), delimiter=";"),
    }


def _areas() -> Iterable[dict[str, object]]:
    for code, (name, start, fallback) in TEAMS.items():
        yield {"kind": "team", "code": code, "name": name, "active_from": start, "fallback": fallback}
    for code, name in WIJKEN.items():
        yield {"kind": "wijk", "code": code, "name": name, "gemeente": "Groningen"}
    for buurt in BUURTEN:
        known = {"kind": "buurt", "code": buurt.code, "name": buurt.name, "gemeente": "Groningen"}
        yield known | {"parent_wijk": buurt.wijk, "team": buurt.team, "x": buurt.x, "y": buurt.y}
    for code, buurt in postcodes().items():
        yield {"kind": "postcode", "code": code, "name": "verzonnen", "parent_buurt": buurt.code}


def _workers() -> Iterable[dict[str, object]]:
    people = [(p.login, p.name, p.role, p.team, SPECIALISMS.get(p.login, "")) for p in CAST.values() if p.team]
    for login, name, role, team, specialisms in (*people, *COLLEAGUES):
        worker: dict[str, object] = {"id": uuid5(NAMESPACE_URL, f"urn:wij:cast:{login}"), "name": name}
        worker |= {"email": f"{login}@wij.example", "team": team, "roles": role, "specialisms": specialisms}
        yield worker | {"caseload_limit": CASELOAD if role is Role.WORKER else 0}


def _contacts() -> Iterable[dict[str, object]]:
    for n, (code, name, kind, team, topics, hours, active) in enumerate(CONTACTS, 1):
        contact: dict[str, object] = {"code": code, "name": name, "kind": kind, "team": team, "topics": topics}
        contact |= {"phone": f"050-000{n:04}", "email": f"{code}@wij.example", "opening_hours": hours}
        yield contact | {"active": active}


def _csv(remark: str, rows: Iterable[dict[str, object]], delimiter: str = ",") -> str:
    """The rows below a remark; the columns are all that occur, in the order in which they first do."""
    rows = list(rows)
    columns: Sequence[str] = list(dict.fromkeys(column for row in rows for column in row))
    if columns[0] == "kind":
        columns = ["kind", "code", "name", "gemeente", "parent_wijk", *columns]  # the columns of CBS come first
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(columns)), "", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return f"{remark}\n{text.getvalue()}"


def main() -> None:
    """Write them."""
    for name, content in files().items():
        (MUNICIPALITY / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main()
