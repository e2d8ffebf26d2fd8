"""Places where a test lets the process die: `WIJ_FAILPOINTS="relay.published=0.01,reader.committed=0.02"`.

Without the variable, passing one costs a comparison with an empty table.
"""

import os
import random

_ODDS = {
    name: float(odds)
    for name, _, odds in (item.partition("=") for item in os.environ.get("WIJ_FAILPOINTS", "").split(",") if item)
}


def passing(name: str) -> None:
    """Die here, at once and without a goodbye, as often as the variable says for `name` or for `all`."""
    if _ODDS and random.random() < _ODDS.get(name, _ODDS.get("all", 0.0)):
        os._exit(9)
