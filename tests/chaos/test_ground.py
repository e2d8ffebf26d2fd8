"""The tools with which ground is made to fail: what they break is broken, and what they take for well is well."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos import disk
from chaos.door import Door
from chaos.history import History
from wij.embedded import free_port

LISTENS = "import http.server as h; h.HTTPServer(('', 80), h.BaseHTTPRequestHandler).serve_forever()"
ASKS = """
import socket, subprocess, sys, time
from chaos.wires import Wires, address, move_out

if why_not := move_out():
    sys.exit(f"SKIPPED {why_not}")

def heard():
    try:
        socket.create_connection((address(1), 80), 1).close()
    except OSError:
        return False
    return True

def comes_to(wanted):
    end = time.monotonic() + 20
    while heard() != wanted and time.monotonic() < end:
        time.sleep(0.1)
    return heard() == wanted

with Wires((1, 2)).laid() as wires:
    server = subprocess.Popen([*wires.inside(1), sys.executable, "-c", sys.argv[1]])
    try:
        assert comes_to(True), "connected"
        for fault, cure in ((wires.cut, wires.mend), (wires.deafen, wires.undeafen)):
            fault(1)
            assert not heard(), fault.__name__
            cure(1)
            assert comes_to(True), cure.__name__
    finally:
        server.kill()
"""
FILLS = """
import sys
from pathlib import Path
from chaos.disk import Disk, move_out

if why_not := move_out():
    sys.exit(f"SKIPPED {why_not}")
with Disk(Path(sys.argv[1])).mounted(2) as disk:
    disk.fill()
    try:
        (disk.path / "more").write_bytes(bytes(9000))
        sys.exit("it took more")
    except OSError:
        pass
    disk.clear()
    (disk.path / "more").write_bytes(bytes(9000))
"""


def _outside(program: str, argument: str) -> None:
    """Run it in a process that may leave for another namespace."""
    words = [sys.executable, "-c", program, argument]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(disk.__file__).parents[1])
    if ran.stderr.startswith("SKIPPED"):
        # Namespaces and mounts need rights that a machine may withhold, and no other way to cut a cable or fill a
        # disk spares the machine; the skip repeats what was withheld.
        pytest.skip(ran.stderr.strip())
    assert ran.returncode == 0, ran.stderr


def test_a_node_that_is_cut_off_or_deaf_cannot_be_reached_until_it_is_mended() -> None:
    _outside(ASKS, LISTENS)


def test_a_full_disk_takes_nothing_until_it_is_cleared_and_is_no_mount_of_this_machine(tmp_path: Path) -> None:
    _outside(FILLS, str(tmp_path / "disk"))
    assert not os.path.ismount(tmp_path / "disk")


async def test_a_door_where_nobody_listens_is_written_down_as_no_answer(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    door = Door(lambda _: [f"http://127.0.0.1:{free_port()}/intake"], "", history)
    await door.knock(0)
    assert (door.refused, door.confirmed, [record.known for record in history.records]) == (1, [], [False])
    await door.close()
    history.close()
