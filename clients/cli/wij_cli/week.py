"""A week as a volunteer organisation writes it: "ma 9-12, wo 12-18", "di ochtend", "za zo"."""

import re
from typing import Any

_DAYS = {day: number for number, day in enumerate(("ma", "di", "wo", "do", "vr", "za", "zo"))}
_PARTS = {"ochtend": (9, 12), "middag": (12, 18), "avond": (18, 21)}
_ALL_DAY = (9, 21)
_PIECE = re.compile(
    r"(?P<days>(?:[a-z]{2}\b\s*)+)(?P<part>[a-z]{3,})?(?:(?P<from>\d{1,2})\s*-\s*(?P<to>\d{1,2}))?\s*(?:uur)?"
)


def blocks(words: str) -> list[dict[str, Any]]:
    """The hours of each day. Raises `ValueError` with a sentence."""
    found = []
    for piece in filter(None, (piece.strip().lower() for piece in words.split(","))):
        match = _PIECE.fullmatch(piece)
        if match is None:
            raise ValueError(f'"{piece}" is not a day and hours, such as "ma 9-12" or "di ochtend"')
        start, end = _hours(piece, match)
        for day in match["days"].split():
            if day not in _DAYS:
                raise ValueError(f'"{day}" is not a day: write ma, di, wo, do, vr, za or zo')
            found.append({"day": _DAYS[day], "from": start, "to": end})
    if not found:
        raise ValueError('say when, such as "ma 9-12" or "di ochtend"')
    return found


def _hours(piece: str, match: re.Match[str]) -> tuple[int, int]:
    if match["from"]:
        start, end = int(match["from"]), int(match["to"])
        if not 0 <= start < end <= 24:
            raise ValueError(f'"{piece}" ends before it starts, or goes past midnight')
        return start, end
    if match["part"]:
        if match["part"] not in _PARTS:
            raise ValueError(f'"{match["part"]}" is not a part of the day: write ochtend, middag, avond or hours')
        return _PARTS[match["part"]]
    return _ALL_DAY
