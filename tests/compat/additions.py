"""Whether a schema changed by addition only: whoever knew the old one can read what the new one describes (P11)."""

from collections.abc import Iterator, Mapping
from typing import Any

type Schema = Mapping[str, Any]

NOTES = frozenset({"title", "description", "examples", "default", "$id", "$schema", "$defs"})
"""What only people read, and what is looked up where it is used."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """What of `old` no longer holds in `new`, each with its place; nothing when only additions were made."""
    return list(_breaks("", _whole(old, old), _whole(new, new)))


def _whole(schema: Any, root: Schema) -> Any:
    """A schema without notes, with what it refers to in the place of each reference."""
    if isinstance(schema, list):
        return [_whole(one, root) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return _whole(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    fields = {name: _whole(one, root) for name, one in schema.get("properties", {}).items()}
    rest = {key: _whole(value, root) for key, value in schema.items() if key not in NOTES and key != "properties"}
    return rest | ({"properties": fields} if fields else {})


def _breaks(place: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and "properties" in old and "properties" in new:
        yield from _of_fields(place, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        for key in old:
            yield from _breaks(place, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            yield from _breaks(place, before, after)
    elif old != new:
        yield f"{place or 'all of it'} has another type"


def _of_fields(place: str, old: Schema, new: Schema) -> Iterator[str]:
    here, there = old["properties"], new["properties"]
    must, now_must = set(old.get("required", ())), set(new.get("required", ()))
    added = there.keys() - here.keys()
    at = f"{place}." if place else ""
    yield from (f"{at}{name} is gone" for name in sorted(here.keys() - there.keys()))
    yield from (f"{at}{name} was optional and is required" for name in sorted(now_must - must - added))
    yield from (f"{at}{name} was always there and is optional" for name in sorted(must - now_must))
    yield from (f"{at}{name} is new and required; earlier events lack it" for name in sorted(added & now_must))
    for name in sorted(here.keys() & there.keys()):
        yield from _breaks(f"{at}{name}", here[name], there[name])
