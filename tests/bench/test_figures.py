"""What is said of a figure, by itself."""

import pytest

from bench.goals import GOALS, Figure
from bench.journey import Flow, Saturation, altogether
from bench.meter import Reading
from bench.rounds import Results, figures


def test_a_ratio_is_printed_with_decimals_and_with_what_must_be_said_beside_it() -> None:
    figure = Figure(GOALS["P8a"], [0.1, 0.2, 0.3], "at most")
    assert figure.cells()[2] == "0.20 (0.10-0.30); at most"
    assert figure.line().endswith("aim; at most")


def figure(results: Results, key: str) -> Figure:
    """One of the table."""
    [found] = [one for one in figures(results) if one.goal.key == key]
    return found


def test_who_did_not_keep_up_says_so() -> None:
    results = Results()
    results.busy["wij"] = [Flow(50, [0.1] * 100, 0.1, 0)]
    results.busy["naive"] = [Flow(50, [2.0] * 100, 10, 0, unfinished=7)]
    p8 = figure(results, "P8a")
    assert p8.median == pytest.approx(0.05)
    assert p8.beside == "at most: naive did not keep up in 1 of 1 rounds"


def under_load(cpu: float) -> Saturation:
    """A case a second at this price."""
    return Saturation(1, 1.0, Reading({"all": cpu}, {"wal_flushes": 0, "wal_bytes": 1}))


def test_who_was_measured_side_by_side_is_compared_there() -> None:
    """A machine that was slow while one of them worked alone says nothing about the other."""
    results = Results()
    for number in (0, 1):
        results.alone["floor"][number], results.beside["floor"][number] = under_load(1), under_load(2)
        results.alone["wij"][number], results.beside["wij"][number] = under_load(5.7), under_load(3.8)
        results.alone["django"][number] = under_load(57)
    assert figure(results, "P6").values == pytest.approx([1.9, 1.9])
    assert figure(results, "P4b").values == pytest.approx([1, 1])
    assert [one.cpu for one in results.saturated("wij")] == pytest.approx([3.8e6, 3.8e6])


def test_slices_count_by_what_was_done_in_them() -> None:
    whole = altogether(
        [Saturation(30, 2.0, Reading({"all": 3}, {"rows": 60})), Saturation(10, 2.0, Reading({"all": 3}, {"rows": 20}))]
    )
    assert (whole.cases, whole.rate, whole.cpu, whole.per_case) == (40, 10, 150_000, {"rows": 2})
