"""What a data folder remembers: its ports, its secrets, and whether somebody runs it now."""

import fcntl
import json
import secrets
import socket
from pathlib import Path
from typing import IO


class GroundError(RuntimeError):
    """The embedded servers cannot run here; the message says what to do."""


def in_use(data: Path) -> bool:
    """Whether a process keeps this data folder running now."""
    if not (data / "lock").exists():
        return False
    try:
        take(data).close()
    except GroundError:
        return True
    return False


def take(data: Path) -> IO[str]:
    """The lock that says: this data folder is running."""
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise GroundError(f"{data} is in use by another process; stop that one first.") from error
    return lock


def kept_port(data: Path, name: str) -> int | None:
    """The port that `name` had last time on this data folder."""
    return _ports(data).get(name)


def port_for(data: Path, name: str, preferred: int | None = None) -> int:
    """A free port for `name`: the one of last time, else the preferred one, else any; the data folder remembers it."""
    ports = _ports(data)
    for port in (ports.get(name), preferred):
        if port and _is_free(port):
            break
    else:
        port = free_port()
    if ports.get(name) != port:
        write(data / "ports.json", json.dumps({**ports, name: port}, indent=1))
    return port


def _ports(data: Path) -> dict[str, int]:
    kept = data / "ports.json"
    ports: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
    return ports


def kept_secret(data: Path, name: str) -> str:
    """A secret of this data folder: generated once, readable by its owner only."""
    kept = data / "secrets.json"
    words: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    if name not in words:
        words[name] = secrets.token_urlsafe(24)
        write(kept, json.dumps(words, indent=1))
    return words[name]


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def write(path: Path, text: str) -> None:
    """Write a file for its owner only, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(0o600)
    fresh.write_text(text)
    fresh.rename(path)
