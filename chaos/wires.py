"""A network for the nodes of a cluster: each in a namespace of its own, on a cable to one switch.

The whole program moves into a new namespace first. So nothing of this machine's network is touched, and nothing is left
of it when the program ends.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

PROGRAMS = ("ip", "nsenter", "unshare")
SWITCH = "switch"
NOWHERE = "02:00:00:00:00:99"
"""A hardware address that nobody has: what is sent to it is lost without a word, as on a broken cable."""


def address(number: int) -> str:
    """Where a node is; node 0 is ourselves."""
    return f"10.231.0.{number or 254}"


def move_out() -> str | None:
    """Move this process and its later children into a network of their own; answers why that cannot be done here.

    Call it before any thread is started: a thread stays where it was.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces need Linux and root"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"there is no {', no '.join(missing)}"
    try:
        os.unshare(os.CLONE_NEWNET)
        _run("ip", "link", "set", "lo", "up")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this machine does not allow it: {error}"
    return None


class Wires:
    """The switch and its cables."""

    def __init__(self, nodes: Sequence[int]) -> None:
        self._nodes = nodes
        self._keepers: dict[int, subprocess.Popen[bytes]] = {}
        """A process per namespace, which is there as long as the process is."""

    @contextmanager
    def laid(self) -> Iterator["Wires"]:
        """Everything connected. Needs `move_out`."""
        with ExitStack() as stack:
            _run("ip", "link", "add", SWITCH, "type", "bridge")
            stack.callback(_run, "ip", "link", "delete", SWITCH)
            _run("ip", "address", "add", f"{address(0)}/24", "dev", SWITCH)
            _run("ip", "link", "set", SWITCH, "up")
            for node in self._nodes:
                stack.callback(self._lay(node).kill)
            yield self

    def inside(self, node: int) -> Sequence[str]:
        """The words before a command that runs it on a node."""
        return () if node == 0 else ("nsenter", f"--net=/proc/{self._keepers[node].pid}/ns/net")

    def cut(self, node: int) -> None:
        """Nothing gets to this node any more, and nothing from it."""
        _run("ip", "link", "set", f"cable{node}", "down")

    def mend(self, node: int) -> None:
        """Undo `cut`."""
        _run("ip", "link", "set", f"cable{node}", "up")

    def deafen(self, node: int) -> None:
        """Whatever anybody sends to this node is lost; what it says is heard."""
        for other in self._others(node):
            self._neighbour(other, "replace", node, "lladdr", NOWHERE, "nud", "permanent")

    def undeafen(self, node: int) -> None:
        """Undo `deafen`."""
        for other in self._others(node):
            self._neighbour(other, "delete", node)

    def _others(self, node: int) -> Sequence[int]:
        return [other for other in (0, *self._nodes) if other != node]

    def _neighbour(self, whose: int, do: str, node: int, *words: str) -> None:
        device = "plug" if whose else SWITCH
        _run(*self.inside(whose), "ip", "neighbour", do, address(node), "dev", device, *words)

    def _lay(self, node: int) -> subprocess.Popen[bytes]:
        # `cat` ends when its input does, so also when we are killed.
        keeper = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S607  # whichever there is
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.write(b"?\n")
        keeper.stdin.flush()
        keeper.stdout.readline()  # it answers, so it is in its namespace
        self._keepers[node] = keeper
        plug = ("type", "veth", "peer", "name", "plug", "netns", str(keeper.pid))
        _run("ip", "link", "add", f"cable{node}", *plug)
        _run("ip", "link", "set", f"cable{node}", "master", SWITCH, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{address(node)}/24", "dev", "plug"),
            ("link", "set", "plug", "up"),
        ):
            _run(*self.inside(node), "ip", *words)
        return keeper


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
