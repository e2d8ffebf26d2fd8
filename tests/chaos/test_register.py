"""The search for an order: what overlaps may have happened either way, what follows may not, unknowns at any time."""

import math

from chaos.register import Operation, linearizable


def look(who: str, start: float, end: float) -> Operation:
    return Operation("look", who, start, end)


def act(who: str, start: float, end: float, *, allowed: bool = True) -> Operation:
    return Operation("act", who, start, end, allowed=allowed)


def take(former: str, who: str, start: float, end: float = math.inf) -> Operation:
    return Operation("take", who, start, end, former=former)


def test_one_after_the_other_is_what_it_says() -> None:
    assert linearizable([take("a", "b", 0, 1), look("b", 2, 3), act("b", 4, 5), act("a", 6, 7, allowed=False)], "a")
    assert not linearizable([take("a", "b", 0, 1), look("a", 2, 3)], "a")
    assert not linearizable([take("a", "b", 0, 1), act("a", 2, 3)], "a")
    assert not linearizable([act("a", 0, 1, allowed=False)], "a")


def test_what_overlaps_a_takeover_may_have_come_before_or_after_it() -> None:
    assert linearizable([take("a", "b", 0, 9), act("a", 1, 2), look("b", 3, 4), act("a", 5, 6, allowed=False)], "a")
    assert not linearizable([take("a", "b", 0, 9), look("b", 1, 2), look("a", 3, 4)], "a")


def test_two_cannot_take_over_from_the_same_director() -> None:
    assert not linearizable([take("a", "b", 0, 9), take("a", "c", 0, 9)], "a")
    assert linearizable([take("a", "b", 0, 9), take("b", "a", 0, 9), take("a", "c", 0, 9)], "a")


def test_a_takeover_nobody_answered_may_have_happened_late_or_never() -> None:
    unknown = take("a", "b", 0)
    assert linearizable([unknown, look("a", 1, 2), look("a", 3, 4)], "a")
    assert linearizable([unknown, look("a", 1, 2), look("b", 3, 4)], "a")
    assert not linearizable([unknown, look("b", 1, 2), look("a", 3, 4)], "a")


def test_a_long_history_of_many_at_once_is_decided() -> None:
    people = "abc"
    rounds = [take(people[n % 3], people[(n + 1) % 3], n, n + 1.5) for n in range(300)]
    looks = [look(people[(n + 1) % 3], n + 0.9, n + 1.6) for n in range(300)]
    unknown = [take("a", "c", n * 10.0) for n in range(5)]
    assert linearizable([*rounds, *looks, *unknown], "a")
    assert not linearizable([*rounds, *looks, look("z", 150, 151)], "a")
