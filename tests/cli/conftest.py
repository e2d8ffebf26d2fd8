"""A whole system of its own for the command line, and `wij` as a person types it."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.up import started
from wij.embedded import free_port
from wij_cli.addresses import Addresses
from wij_cli.api import Api
from wij_cli.imports import areas, workers
from wij_cli.imports.outcome import Outcome
from wij_cli.imports.rows import read
from wij_cli.main import main

MUNICIPALITY = Path(__file__).parents[2] / "examples/municipality"


@dataclass(frozen=True, slots=True)
class Here:
    """Where the system answers."""

    url: str
    nats: str
    data: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What one command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


type Wij = Callable[..., Run]


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    data = tmp_path_factory.mktemp("system")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        for name in ("WIJ_PORT", "WIJ_SMTP_PORT"):  # not those that another system on this machine would like, too
            environment.setenv(name, str(free_port()))
        url = stack.enter_context(started(data))
        ports = json.loads((data / "ports.json").read_text())
        asyncio.run(_settle(url))
        yield Here(url, f"nats://127.0.0.1:{ports['nats']}", data)


async def _settle(url: str) -> None:
    """The places and people of the example municipality."""
    async with Api(Addresses(url)) as api:
        await api.sign_in("ferd")
        places, _ = areas.parse(read(MUNICIPALITY / "areas.csv"))
        await areas.send(api, places, Outcome(), lambda: None)
        people, _ = workers.parse(read(MUNICIPALITY / "workers.csv"))
        await workers.send(api, people, Outcome(), lambda: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `wij` keeps its token in this test."""
    for name in ("WIJ_TOKEN", "WIJ_URL", "WIJ_NATS_URL", "WIJ_TOKEN_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def wij(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wij:
    """Type a command; without a system it looks at the address that is set."""

    def run(*words: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["wij", *(str(word) for word in words)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        else:
            code = 0
        told = capsys.readouterr()
        return Run(code, told.out, told.err)

    return run


@pytest.fixture
def city(here: Here, wij: Wij, monkeypatch: pytest.MonkeyPatch) -> Wij:
    """`wij` on that system, signed in as functional administrator."""
    monkeypatch.setenv("WIJ_URL", here.url)
    monkeypatch.setenv("WIJ_NATS_URL", here.nats)
    assert wij("login", "ferd").code == 0
    return wij
