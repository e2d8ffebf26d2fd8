"""The published language as documents: JSON Schema and AsyncAPI 3.0, made from the event classes themselves (EV-03).

A document is closed (`additionalProperties: false`): what we send is exactly this. A reader is told to be tolerant.
"""

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from wij.events import SERVICES, Envelope, Event, event_types
from wij.partitions import PARTITIONS
from wij.web import API_VERSION

type Document = dict[str, Any]

_OPTIONAL = ("causationid", "traceparent", "dataref")
"""CloudEvents attributes that are left out rather than empty."""


def json_schema(event: type[Event], definitions: str = "#/$defs") -> Document:
    """The JSON Schema of one event as it travels, envelope and data; nested parts stand under `$defs`."""
    template = f"{definitions}/{{model}}"
    data = event.model_json_schema(mode="serialization", ref_template=template)
    parts = data.pop("$defs", {})
    whole = Envelope.model_json_schema(mode="serialization", ref_template=template)
    properties: Document = whole["properties"]
    for name in _OPTIONAL:
        properties[name] = {"type": "string", "title": properties[name]["title"]}
    properties["type"] = {"const": event.type, "title": "Type", "type": "string"}
    properties["data"] = data
    schema = {
        "title": event.__name__,
        "description": inspect.getdoc(event),
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in _OPTIONAL],
    }
    if parts:
        schema["$defs"] = parts
    _close(schema)
    return schema


def asyncapi(service: str) -> Document:
    """The AsyncAPI document of one service: every event it tells, on which subject."""
    channels: Document = {}
    operations: Document = {}
    messages: Document = {}
    schemas: Document = {}
    for event in event_types(service).values():
        token, words = event.subject_token(), inspect.getdoc(event)
        payload = json_schema(event, "#/components/schemas")
        schemas |= payload.pop("$defs", {})
        schemas[event.__name__] = payload
        messages[event.__name__] = {
            "name": event.type,
            "title": event.__name__,
            "summary": words,
            "contentType": "application/cloudevents+json",
            "correlationId": {"location": "$message.payload#/correlationid"},
            "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        }
        channels[token] = {
            "address": f"wij.{service}.{token}.{{team}}.{{partition}}",
            "description": words,
            "parameters": {
                "team": {"$ref": "#/components/parameters/team"},
                "partition": {"$ref": "#/components/parameters/partition"},
            },
            "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
            "x-nats-stream": service.upper(),
        }
        operations[f"tell_{token}"] = {
            "action": "send",
            "summary": words,
            "channel": {"$ref": f"#/channels/{token}"},
            "messages": [{"$ref": f"#/channels/{token}/messages/{event.__name__}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:wij:{service}",
        "info": {
            "title": f"WIJ {service}",
            "version": API_VERSION,
            "description": f"What {service} tells. At least once, in order per household; see docs/delivery.md.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "nats": {
                "host": "{host}:4222",
                "protocol": "nats",
                "variables": {"host": {"default": "localhost", "description": "where the municipality runs NATS"}},
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "parameters": {
                "team": {"description": "the team that answers for the neighbourhood, such as `selwerd`"},
                "partition": {
                    "description": "follows from the household; a household's events all stand in one partition",
                    "enum": [str(number) for number in range(PARTITIONS)],
                },
            },
            "messages": messages,
            "schemas": schemas,
        },
    }


def catalogue(readers: Mapping[type[Event], Collection[str]]) -> str:
    """The page `docs/events.md`: every event in a sentence, its subject, its data, and which services act on it."""
    lines = [
        "# The events",
        "",
        "<!-- Made by `make docs` from `shared/wij/events/`. Change it there. -->",
        "",
        "What the services tell each other, and anyone who subscribes. Every event is a CloudEvent 1.0 in structured",
        "JSON; its JSON Schema is in `docs/schemas/<type>.json`, and the AsyncAPI documents are in `docs/asyncapi/`.",
        "An event holds ids, codes, numbers and dates, and nothing about a person.",
        "",
        "The subject is `wij.<service>.<event>.<team>.<partition>`: `wij.*.*.selwerd.*` follows one neighbourhood.",
    ]
    for service in SERVICES:
        lines += ["", f"## {service}", ""]
        for event in event_types(service).values():
            fields = [name for name in event.model_fields if name not in (event.about, "team")]
            by = ", ".join(sorted(readers.get(event, ()))) or "nobody inside WIJ; it is there for subscribers"
            lines += [
                f"### {event.__name__}",
                "",
                inspect.getdoc(event) or "",
                "",
                f"- type `{event.type}`",
                f"- subject `{event.subject_stem}.<team>.<partition>`",
                f"- about `{event.about}`",
                f"- data {', '.join(f'`{name}`' for name in (*fields, 'team'))}",
                f"- read by {by}",
                "",
            ]
    return "\n".join(lines).rstrip() + "\n"


def _close(node: Any) -> None:
    """Let no object in this schema hold anything it does not name."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
            node.setdefault("required", list(node["properties"]))
        for value in node.values():
            _close(value)
        if node.get("type") != "object" and isinstance(node.get("title"), str):
            del node["title"]  # pydantic repeats the name of the field in title case
    elif isinstance(node, list):
        for value in node:
            _close(value)
