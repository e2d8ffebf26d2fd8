"""What becomes of a household whose case does not open: the worker who accepted it hears so within a minute (P4).

    python -m chaos.undirected --seed 1 [--keep]

Plan is killed and stays away, while intake goes on accepting. When plan comes back, every case opens all the same.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from chaos.journey import take_up
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from services.notify.domain.wording import INBOX
from wij.embedded import Ground
from wij.events import SERVICES

PROMISES = ("P4",)
EACH_ALONE: Mapping[str, int] = {**dict.fromkeys(SERVICES, 1), "issuer": 1}
NOT_BEFORE, WITHIN = 50.0, 70.0
"""Seconds after the acceptance between which the worker hears it: a minute, and ten more or less."""


async def plan_is_away(trial: Trial) -> Mapping[str, object]:
    """Kill plan, accept a request, and wait for what its worker hears; then start plan, and wait for the case."""
    people = trial.load.people
    number, seen = trial.load.begin()
    [plan] = [replica for replica in trial.fleet.replicas if replica.target == "plan"]
    assert plan.process is not None
    plan.process.kill()
    plan.process.wait()
    request_id = await take_up(people, number, 0, seen)
    accepted = time.monotonic()

    def about_it(page: Mapping[str, list[Mapping[str, object]]]) -> bool:
        return any(
            item["about_id"] == request_id and item["text"] == INBOX["request_undirected"] for item in page["items"]
        )

    await people.worker.until("notify", "/inbox", about_it, limit="200")
    heard = time.monotonic() - accepted
    assert NOT_BEFORE <= heard <= WITHIN, f"the worker heard it after {heard:.1f} s"
    trial.fleet.start(plan)
    back = time.monotonic()
    card = await people.worker.until("plan", f"/households/{seen.household_id}/case", lambda case: case)
    seen.case_id = card["case_id"]
    return {
        "seconds until the worker heard it": round(heard, 1),
        "seconds until the case was there after all": round(time.monotonic() - back, 1),
    }


async def suffer(seed: int, folder: Path) -> list[Verdict]:
    """The one case."""
    ground = Ground(folder / "wij", durable=False, postgres_settings={"synchronous_commit": "on"})
    async with on_trial(folder, ground, seed, EACH_ALONE) as trial:
        return [
            await trial.case("undirected", PROMISES, lambda: plan_is_away(trial), door_stays_open=True),
            await trial.history("undirected-history"),
        ]


def main() -> int:
    """The command."""
    asked = arguments("chaos.undirected", __doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="wij-undirected-") as folder:
        verdicts = asyncio.run(suffer(asked.seed, Path(folder)))
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
