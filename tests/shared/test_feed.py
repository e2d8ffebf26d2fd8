"""The feed: where an event stands, as the server says it. What it does with that is seen through the reader."""

import pytest

from wij.feed import numbers_in


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.INTAKE.reader.1.41.7.1764268800000000000.3",
        "$JS.ACK.hub.hash.INTAKE.reader.1.41.7.1764268800000000000.3.x",
    ],
    ids=["as it always was", "with domain and account"],
)
def test_position_and_delivery_are_read_from_either_form_of_the_reply(reply: str) -> None:
    assert numbers_in(reply) == (41, 7)
