"""Identifiers: of the seventh version, in the order they were made, and never twice."""

import subprocess
import sys
from uuid import UUID

import pytest

from wij.ids import new_id

RANDOM = (1 << 62) - 1
"""The bits of an id that are thrown."""
FORKS = """
import os
from wij.ids import new_id
new_id()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(new_id(), flush=True)
"""


def test_an_id_is_a_version_seven_of_this_moment() -> None:
    """RFC 9562, 5.7: 48 bits of milliseconds, and what says of which kind it is."""
    before, one, after = new_id().int >> 80, new_id(), new_id().int >> 80
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert before <= one.int >> 80 <= after < before + 60_000


def test_ids_made_one_after_the_other_sort_in_that_order() -> None:
    """Also of one millisecond, and over the edge of the random numbers that are thrown at once."""
    made = [new_id() for _ in range(1000)]
    assert made == sorted(set(made))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork, so nobody throws what another throws")
def test_a_child_does_not_throw_what_its_parent_throws() -> None:
    """In a process of its own, since this one may have threads, which a fork would leave behind."""
    ran = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    child, parent = (UUID(line).int & RANDOM for line in ran.stdout.split())
    assert child != parent
