"""Writes the documents that are made from code: `python -m services.specification` (`make docs`).

Per service AsyncAPI and OpenAPI, per event type a JSON Schema, and the catalogue `docs/events.md` with who reads what.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from services.__main__ import build
from wij.events import SERVICES, Event, event_types
from wij.settings import Settings
from wij.specification import asyncapi, catalogue, json_schema
from wij.tokens import BearerTokens

ROOT = Path(__file__).parents[1]


def documents() -> Mapping[Path, str]:
    """Every document by its path in the repository. Nothing is started: a service is described as it is built."""
    settings = Settings(mode="development")
    tokens = BearerTokens(settings)
    services = {name: build(name, settings, tokens) for name in SERVICES}
    readers: dict[type[Event], set[str]] = {}
    for name, service in services.items():
        for subscription in service.subscriptions:
            for event in subscription.handlers:
                readers.setdefault(event, set()).add(name)
    texts = {Path("docs/events.md"): catalogue(readers)}
    for name, service in services.items():
        texts[Path(f"docs/asyncapi/{name}.json")] = _text(asyncapi(name))
        texts[Path(f"docs/openapi/{name}.json")] = _text(service.http.openapi())
    for event in event_types().values():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:wij:schema:{event.type}"}
        texts[Path(f"docs/schemas/{event.type}.json")] = _text(schema | json_schema(event))
    return texts


def _text(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write what changed, and take away documents of what is no more."""
    fresh = documents()
    for path, text in fresh.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text)
    for room in {path.parent for path in fresh} - {Path("docs")}:
        for path in (ROOT / room).iterdir():
            if path.relative_to(ROOT) not in fresh:
                path.unlink()
    sys.stdout.write(f"{len(fresh)} documents in docs/\n")


if __name__ == "__main__":
    main()
