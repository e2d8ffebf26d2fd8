"""P11: what releases told is understood by this code, and what this code tells is understood by them."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.compat.additions import breaks
from tests.compat.conftest import Release
from tests.compat.record import RELEASES, migrations, schemas
from wij.events import SERVICES, event_types, read_envelope, read_event

UNLUCKY = {"nl.wij.notify.notification.refused.v1", "nl.wij.notify.notification.unknown.v1"}
"""It takes a mail server that fails to have these told; a recording does without."""


def tolerant(schema: Any) -> Any:
    """The schema as a reader of that release held it against what came: what it does not name, it does not look at."""
    if isinstance(schema, dict):
        return {key: tolerant(value) for key, value in schema.items() if key != "additionalProperties"}
    return [tolerant(one) for one in schema] if isinstance(schema, list) else schema


def tomorrow(body: bytes) -> bytes:
    """The event as a later release may tell it: fields more, in the envelope and in the data."""
    event = json.loads(body)
    return json.dumps({**event, "tenant": "x", "data": {**event["data"], "mood": {"of": "tomorrow"}}}).encode()


def test_every_event_that_was_told_is_still_understood_and_says_the_same(release: Release) -> None:
    for body in release.events():
        event = read_event(body, position=1)
        said = json.loads(body)["data"]
        understood = event.fact.model_dump(mode="json")
        assert {name: understood[name] for name in said} == said


def test_the_recording_holds_every_type_that_the_release_published(release: Release) -> None:
    told = {json.loads(body)["type"] for body in release.events()}
    assert set(release.schemas()) - told == UNLUCKY


def test_a_reader_of_the_release_understands_what_was_told_since(release: Release) -> None:
    """What this code tells is what the newest recording holds; while that is not tagged it is recorded again."""
    latest = Release(max(RELEASES.iterdir(), key=lambda folder: tuple(map(int, folder.name.split(".")))))
    known = {name: Draft202012Validator(tolerant(schema)) for name, schema in release.schemas().items()}
    complaints = [
        f"{event['type']}: {error.message}"
        for body in latest.events()
        if (event := json.loads(body))["type"] in known
        for error in known[event["type"]].iter_errors(event)
    ]
    assert complaints == []


def test_this_code_ignores_what_a_later_release_adds(release: Release) -> None:
    for body in release.events():
        assert read_event(tomorrow(body), position=1).fact == read_event(body, position=1).fact
        assert read_envelope(tomorrow(body)) != read_envelope(body)  # so something was indeed added


def test_a_field_that_may_be_missing_may_be_missing(release: Release) -> None:
    """Events of before a field was added do not have it."""
    for body in release.events():
        event = json.loads(body)
        fields = event_types()[event["type"]].model_fields
        for name in [name for name in event["data"] if not fields[name].is_required()]:
            data = {key: value for key, value in event["data"].items() if key != name}
            read_event(json.dumps({**event, "data": data}).encode(), position=1)


def test_an_event_type_that_was_published_changes_by_addition_only(release: Release) -> None:
    today = schemas()
    broken = {name: breaks(schema, today.get(name, {})) for name, schema in release.schemas().items()}  # type: ignore[arg-type]
    assert {name: said for name, said in broken.items() if said} == {}


def test_a_migration_that_was_released_is_never_edited(release: Release) -> None:
    """It ran at every municipality; a new script stands behind it. Until the release is tagged: record it again."""
    today = migrations()
    edited = [
        name
        for service in SERVICES
        for name, digest in release.migrations()[service].items()
        if today[service].get(name) != digest
    ]
    assert edited == []


A_CASE = {
    "type": "object",
    "required": ["case_id"],
    "properties": {
        "case_id": {"type": "string", "format": "uuid"},
        "goals": {"type": "array", "items": {"$ref": "#/$defs/Goal"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"Goal": {"properties": {"outcome": {"enum": ["reached", "dropped"]}}}},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"properties": {k: v for k, v in A_CASE["properties"].items() if k != "note"}}, ["note is gone"]),  # type: ignore[attr-defined]
        ({"required": ["case_id", "note"]}, ["note was optional and is required"]),
        ({"required": []}, ["case_id was always there and is optional"]),
        ({"properties": A_CASE["properties"] | {"case_id": {"type": "integer"}}}, ["case_id has another type"]),  # type: ignore[operator]
        (
            {"$defs": {"Goal": {"properties": {"outcome": {"enum": ["reached"]}}}}},
            ["goals.outcome has another type"],
        ),
        (
            {"properties": A_CASE["properties"] | {"why": {}}, "required": ["case_id", "why"]},  # type: ignore[operator]
            ["why is new and required; earlier events lack it"],
        ),
        ({"$defs": {"Goal": {"properties": {"outcome": {"enum": ["reached", "dropped"]}, "by": {}}}}}, []),
        ({"properties": A_CASE["properties"] | {"why": {"type": "string"}}, "title": "A case"}, []),  # type: ignore[operator]
    ],
)
def test_only_an_addition_is_no_break(change: dict[str, Any], said: list[str]) -> None:
    """The comparison itself: each kind of break is found, and an addition is none."""
    assert breaks(A_CASE, A_CASE | change) == said


def test_every_type_of_today_is_listed() -> None:
    assert set(schemas()) == set(event_types())
