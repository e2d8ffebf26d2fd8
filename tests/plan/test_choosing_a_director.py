from collections.abc import Sequence
from itertools import permutations

import pytest

from services.plan.domain.director import Colleague, NobodyInTeam, choose_director
from tests.plan.facts import an, worker

LEAD = worker("roy", roles=frozenset({"process_lead"}), caseload_limit=0)
COORDINATOR = worker("karin", roles=frozenset({"coordinator"}))


@pytest.mark.parametrize(
    ("team", "chosen", "reason"),
    [
        pytest.param(
            [worker("busy", caseload=9, specialisms=frozenset({"debts"})), worker("free")],
            "busy",
            "specialism",
            id="a specialism that the question asks for comes before a lower load",
        ),
        pytest.param(
            [worker("half", caseload=5, caseload_limit=10), worker("third", caseload=6, caseload_limit=18)],
            "third",
            "lowest_caseload",
            id="the load counts as a share of the limit",
        ),
        pytest.param(
            [worker("other", caseload=3), worker("accepter", caseload=3)],
            "accepter",
            "lowest_caseload",
            id="with equal loads the worker who accepted the request directs",
        ),
        pytest.param(
            [worker("full", caseload=20, specialisms=frozenset({"debts"})), worker("free", caseload=19)],
            "free",
            "lowest_caseload",
            id="a worker at the limit is passed over (I5)",
        ),
        pytest.param(
            [worker("away", absent=True), worker("there", caseload=12)],
            "there",
            "lowest_caseload",
            id="a worker who is away is passed over",
        ),
        pytest.param(
            [worker("full", caseload=20), worker("away", absent=True), LEAD, COORDINATOR],
            "roy",
            "no_worker_available",
            id="the process lead directs when no worker can",
        ),
        pytest.param(
            [worker("away lead", roles=frozenset({"process_lead"}), absent=True), LEAD],
            "roy",
            "no_worker_available",
            id="of two process leads, the one who is there",
        ),
        pytest.param(
            [worker("full", caseload=21), worker("fuller", caseload=22), COORDINATOR],
            "full",
            "over_caseload_limit",
            id="without a process lead somebody goes over the limit, and the reason says so (I5)",
        ),
    ],
)
def test_the_director_is(team: Sequence[Colleague], chosen: str, reason: str) -> None:
    """I5: a worker of the team, present and under the limit; otherwise with a reason. Order changes nothing."""
    for order in permutations(team):
        choice = choose_director(order, ["debts"], an("accepter"))
        assert (choice.director_id, choice.reason) == (an(chosen), reason)


def test_equal_in_everything_the_lowest_id_directs_so_the_answer_is_always_the_same() -> None:
    team = [worker(str(number)) for number in range(10)]
    assert choose_director(team, [], an("accepter")).director_id == min(colleague.worker_id for colleague in team)


@pytest.mark.parametrize("team", [[], [COORDINATOR], [worker("away", absent=True)]])
def test_a_team_without_anybody_who_could_direct_is_refused_by_name(team: list[Colleague]) -> None:
    with pytest.raises(NobodyInTeam):
        choose_director(team, [], an("accepter"))
