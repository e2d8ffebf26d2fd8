"""A week as 56 bits: seven days of eight blocks of three hours. Bit 8·day + block; day 0 is Monday."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wij.errors import FieldError, Invalid

BLOCK_HOURS = 3
BLOCKS_A_DAY = 8


class Span(NamedTuple):
    """Some hours of one day; `from_hour` and `to_hour` are whole hours from 0 to 24."""

    day: int
    from_hour: int
    to_hour: int


def mask(spans: Iterable[Span]) -> int:
    """The blocks that lie wholly inside the spans.

    Raises `Invalid` when nothing is left: who is there from 13 to 14 cannot be asked for a block of three hours.
    """
    hours = [0] * 7
    for span in spans:
        hours[span.day] |= (1 << span.to_hour) - (1 << span.from_hour)
    whole = (1 << BLOCK_HOURS) - 1
    bits = 0
    for day, free in enumerate(hours):
        for block in range(BLOCKS_A_DAY):
            if (free >> (block * BLOCK_HOURS)) & whole == whole:
                bits |= 1 << (day * BLOCKS_A_DAY + block)
    if not bits:
        problem = "give at least one whole block of three hours: 0-3, 3-6, 6-9 and so on up to 21-24"
        raise Invalid("These times hold no whole block of three hours.", [FieldError("availability", problem)])
    return bits


def spans(bits: int) -> Sequence[Span]:
    """The blocks as spans, neighbouring blocks joined, in the order of the week."""
    found: list[Span] = []
    for day in range(7):
        for block in range(BLOCKS_A_DAY):
            if not bits >> (day * BLOCKS_A_DAY + block) & 1:
                continue
            start = block * BLOCK_HOURS
            if found and found[-1].day == day and found[-1].to_hour == start:
                found[-1] = found[-1]._replace(to_hour=start + BLOCK_HOURS)
            else:
                found.append(Span(day, start, start + BLOCK_HOURS))
    return found
