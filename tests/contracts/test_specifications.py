"""The documents that outsiders read are made from the code, and say the same (EV-02, EV-03, EV-23, API-01)."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from chaos import promises
from services import specification
from wij.events import SERVICES, Event, event_types
from wij.specification import json_schema

ROOT = Path(__file__).parents[2]
PARSER = Path(__file__).with_name("asyncapi")
PERSONAL = re.compile(
    r"(^|_)(name|firstname|surname|initials|address|street|house_number|postcode|postal|city|phone|telephone|mobile|mail|email"
    r"|bsn|birth|born|birthday|gender|text|note|notes|description|comment|remark|words|question|wish|title|message|body|iban)(_|$)"
)


def fields(schema: Any) -> Iterator[str]:
    """The name of every field anywhere in a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield from schema.get("properties", {})
        for nested in schema.values():
            yield from fields(nested)
    elif isinstance(schema, list):
        for nested in schema:
            yield from fields(nested)


def test_the_documents_are_as_the_code_is() -> None:
    """Run `make docs` when this fails."""
    fresh = {**specification.documents(), **promises.documents()}
    stale = [
        str(path) for path, text in fresh.items() if not (ROOT / path).is_file() or (ROOT / path).read_text() != text
    ]
    assert stale == []
    rooms = {path.parent for path in fresh if path.parts[:1] == ("docs",) and path.parent != Path("docs")}
    left_over = [str(path) for room in rooms for path in (ROOT / room).iterdir() if path.relative_to(ROOT) not in fresh]
    assert left_over == []


def test_code_and_documents_list_the_same_types_and_subjects() -> None:
    """EV-03."""
    listed = {}
    for service in SERVICES:
        document = json.loads((ROOT / f"docs/asyncapi/{service}.json").read_text())
        for channel in document["channels"].values():
            (message,) = channel["messages"]
            listed[document["components"]["messages"][message]["name"]] = channel["address"]
    partition = {"team": "selwerd", "partition": "0"}
    told = {key: f"wij.{e.service}.{e.subject_token()}.{{team}}.{{partition}}" for key, e in event_types().items()}
    assert listed == told
    assert all(address.format(**partition).count(".") == 4 for address in listed.values())


@pytest.mark.parametrize("event", event_types().values(), ids=lambda event: event.__name__)
def test_an_event_has_no_field_for_anything_about_a_person(event: type[Event]) -> None:
    """I21: an event holds ids, codes, numbers and dates; nothing that names, describes or reaches a person."""
    schema = json_schema(event)
    assert [name for name in fields(schema["properties"]["data"]) if PERSONAL.search(name)] == []
    assert [name for name in fields(schema.get("$defs", {})) if PERSONAL.search(name)] == []


@pytest.mark.parametrize("event", event_types().values(), ids=lambda event: event.__name__)
def test_an_event_has_no_text_without_a_form(event: type[Event]) -> None:
    """I21: every string in the data is an id, a date, a code of a list or of a pattern; never free text."""
    schema = json_schema(event)
    loose = []
    for part in (schema["properties"]["data"], *schema.get("$defs", {}).values()):
        for name, field in part["properties"].items():
            loose += [name for kind in strings(field) if not kind.keys() & {"format", "pattern", "enum", "const"}]
    assert loose == []


def strings(schema: Any) -> Iterator[dict[str, Any]]:
    """Every place in a schema where a string may stand."""
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            yield schema
        for nested in schema.values():
            yield from strings(nested)
    elif isinstance(schema, list):
        for nested in schema:
            yield from strings(nested)


@pytest.mark.parametrize("event", event_types().values(), ids=lambda event: event.__name__)
def test_the_schema_of_an_event_is_closed(event: type[Event]) -> None:
    """EV-03: what the schema does not name is not sent."""
    schema = json_schema(event)
    Draft202012Validator.check_schema(schema)
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(UUID(int=1)),
        "source": "urn:nld:oin:00000000000000000000:systeem:wij:plan",
        "type": event.type,
        "subject": str(UUID(int=2)),
        "time": "2026-11-22T10:00:00Z",
        "datacontenttype": "application/json",
        "sequence": "1",
        "sequencetype": "Integer",
        "partitionkey": str(UUID(int=3)),
        "correlationid": "c",
        "data": {},
    }
    check = Draft202012Validator(schema)
    complaints = [
        error.message for error in check.iter_errors({**envelope, "data": {"surname": "Jansen"}, "owner": "x"})
    ]
    assert any("'surname' was unexpected" in complaint for complaint in complaints)
    assert any("'owner' was unexpected" in complaint for complaint in complaints)


def test_the_asyncapi_documents_are_read_by_the_parser_of_asyncapi() -> None:
    """EV-03, with `@asyncapi/parser`.

    The parser exists for Node only. WIJ itself does not need Node, so where it or the parser cannot be had the run says
    so and goes on: the documents are still checked against the code by the tests above.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        # The parser exists for Node only and WIJ needs no Node: its absence must not stop who has Python alone.
        pytest.skip("node and npm are not installed, so @asyncapi/parser did not read the documents")
    if not (PARSER / "node_modules/.package-lock.json").is_file():
        fetched = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=PARSER,
            capture_output=True,
            check=False,
            text=True,
        )
        if fetched.returncode != 0:
            # A machine without a way to npm's packages tells us nothing about our documents; a parser that is there and
            # refuses them fails below.
            pytest.skip("@asyncapi/parser could not be fetched with npm, so it did not read the documents")
    paths = [str(ROOT / f"docs/asyncapi/{service}.json") for service in SERVICES]
    read = subprocess.run(["node", "parse.mjs", *paths], cwd=PARSER, capture_output=True, check=False, text=True)
    assert read.returncode == 0, read.stdout + read.stderr
