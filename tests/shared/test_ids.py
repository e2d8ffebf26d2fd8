"""Identifiers: of the seventh version, in the order they were made, and never twice."""

from wij.ids import new_id


def test_an_id_is_a_version_seven_of_this_moment() -> None:
    """RFC 9562, 5.7: 48 bits of milliseconds, and what says of which kind it is."""
    before, one, after = new_id().int >> 80, new_id(), new_id().int >> 80
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert before <= one.int >> 80 <= after < before + 60_000


def test_ids_made_one_after_the_other_sort_in_that_order() -> None:
    """Also of one millisecond, and over the edge of the random numbers that are thrown at once."""
    made = [new_id() for _ in range(1000)]
    assert made == sorted(set(made))
