"""Names for invented people: given names as the city has them, family names that nobody has; see names.txt."""

from pathlib import Path
from random import Random


def _words(kind: str) -> list[str]:
    lines = (Path(__file__).parent / "names.txt").read_text("utf-8").splitlines()
    return [word for line in lines if line.startswith(f"{kind}: ") for word in line.split()[1:]]


_GIVEN, _FIRST, _SECOND = _words("given"), _words("first"), _words("second")


def given(random: Random) -> str:
    """A given name."""
    return random.choice(_GIVEN)


def family(random: Random) -> str:
    """A family name of two halves, such as Regenpoort."""
    return random.choice(_FIRST) + random.choice(_SECOND)
