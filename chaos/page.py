"""Commands as a page shows them: a drill runs what a person would copy from it, so page and drill cannot part."""

import re
from collections.abc import Mapping
from pathlib import Path

_BLOCK = re.compile(r"^```sh (?P<name>[a-z-]+)\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands_on(page: Path) -> Mapping[str, str]:
    """The scripts of a page by their names, from blocks that begin with three backticks, `sh` and a name.

    Raises `ValueError` when two have the same name: nobody could say which one is meant.
    """
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(page.read_text("utf-8")):
        if block["name"] in found:
            raise ValueError(f"{page.name} has two commands named {block['name']}")
        found[block["name"]] = block["script"]
    return found
