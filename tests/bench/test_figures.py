"""What is said of a figure, by itself."""

import pytest

from bench.goals import GOALS, Figure
from bench.journey import Flow, Saturation
from bench.meter import Reading
from bench.rounds import Results, figures


def test_a_ratio_is_printed_with_decimals_and_with_what_must_be_said_beside_it() -> None:
    figure = Figure(GOALS["P8a"], [0.1, 0.2, 0.3], "at most")
    assert figure.cells()[2] == "0.20 (0.10-0.30); at most"
    assert figure.line().endswith("aim; at most")


def test_who_did_not_keep_up_says_so() -> None:
    results = Results()
    results.busy["wij"] = [Flow(50, [0.1] * 100, 0.1, 0)]
    results.busy["naive"] = [Flow(50, [2.0] * 100, 10, 0, unfinished=7)]
    [p8] = [one for one in figures(results) if one.goal.key == "P8a"]
    assert p8.median == pytest.approx(0.05)
    assert p8.beside == "at most: naive did not keep up in 1 of 1 rounds"


def lap(cpu: float) -> Saturation:
    """A case a second at this price."""
    return Saturation(1, 1.0, Reading({"all": cpu}, {"wal_flushes": 0, "wal_bytes": 1}))


def test_what_is_compared_was_measured_in_the_same_lap() -> None:
    """A machine that became three times as slow after the first lap and then quick again says nothing about anybody."""
    results = Results()
    for number in (0, 1):
        results.laps["floor"][number] = [lap(cpu) for cpu in (1, 3, 1.1)]
        results.laps["wij"][number] = [lap(cpu) for cpu in (1.9, 5.7, 2.2)]
    [p6] = [one for one in figures(results) if one.goal.key == "P6"]
    assert p6.values == pytest.approx([1.9, 1.9])
