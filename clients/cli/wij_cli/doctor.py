"""`wij doctor`: whether everything works, what waits for a person, and which settings are too weak for real use."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from wij.settings import Settings
from wij_cli.addresses import SERVICES, Addresses
from wij_cli.api import Api
from wij_cli.refusals import Away, Refused, Stopped
from wij_cli.shell import Commands, Shell, token_file

type Weight = Literal["fine", "look", "wrong"]
_MARKS: dict[Weight, str] = {"fine": "[green]✓[/]", "look": "[yellow]![/]", "wrong": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in a sentence."""

    weight: Weight
    sentence: str


class Unwell(Stopped):
    """Something is wrong that needs somebody."""


def register(app: Commands) -> None:
    """Add the command."""

    @app.verb("doctor")
    async def doctor(shell: Shell) -> None:
        """Look at everything, and say in sentences how it is."""
        findings = [
            *await _services(shell.addresses),
            *await _parked(shell.api),
            *_settings(shell.addresses, token_file()),
        ]
        if shell.as_json:
            shell.json([{"weight": finding.weight, "sentence": finding.sentence} for finding in findings])
        for finding in findings if not shell.as_json else ():
            shell.out.print(f"{_MARKS[finding.weight]} {finding.sentence}", soft_wrap=True)
        if wrong := sum(finding.weight == "wrong" for finding in findings):
            raise Unwell("One thing needs attention." if wrong == 1 else f"{wrong} things need attention.")


async def _services(addresses: Addresses) -> Sequence[Finding]:
    """Whether every service does its work; services at one address are one process."""
    roots: dict[str, list[str]] = {}
    for service in SERVICES:
        roots.setdefault(addresses.of(service).removesuffix(f"/{service}"), []).append(service)
    findings = []
    async with httpx.AsyncClient(timeout=5) as http:
        for root, services in roots.items():
            who = ", ".join(services)
            try:
                said = (await http.get(f"{root}/ready")).json()
            except (httpx.TransportError, ValueError):
                findings.append(Finding("wrong", f"{who}: nothing answers at {root}. Is it running?"))
                continue
            ready = said["status"] == "ready"
            findings.append(Finding("fine" if ready else "wrong", f"{who}: {said['status']} at {root}."))
            findings += [
                Finding("look", f"{service}: {what}.") for service, wrong in said["wrong"].items() for what in wrong
            ]
    return findings


async def _parked(api: Api) -> Sequence[Finding]:
    """Whether events wait for a person; only a functional administrator may look."""
    if api.token is None:
        return [Finding("look", "Parked events: sign in as functional administrator to see them (wij login NAME).")]
    findings = []
    for service in SERVICES:
        try:
            waiting = await api.list(service, "/v1/parked")
        except Refused as refusal:
            findings.append(Finding("look", f"Parked events of {service}: {refusal}"))
        except Away:
            continue  # `_services` said so
        else:
            count = "one event waits" if len(waiting) == 1 else f"{len(waiting)} events wait"
            if waiting:
                findings.append(Finding("wrong", f"{service}: {count} for a person. See `wij events parked`."))
            else:
                findings.append(Finding("fine", f"{service}: no parked events."))
    return findings


def _settings(addresses: Addresses, token: Path) -> Sequence[Finding]:
    """What is too weak for real use, here and, where this is the server, in its settings."""
    findings = []
    address = httpx.URL(addresses.base)
    local = address.host in {"127.0.0.1", "localhost", "::1"}
    if address.scheme != "https" and not local:
        findings.append(Finding("wrong", f"{addresses.base} is not https: tokens can be read on the way."))
    if token.exists() and token.stat().st_mode & 0o077:
        findings.append(Finding("wrong", f"{token} can be read by others. Run: chmod 600 {token}"))
    if os.environ.get("WIJ_TOKEN"):
        findings.append(Finding("look", "WIJ_TOKEN is set: every program you start can read your token."))
    if local:
        served = Settings()
        weight: Weight = "wrong" if served.mode == "production" else "look"
        findings += [Finding(weight, f"{weakness}.") for weakness in served.weaknesses()]
        if served.mode == "development":
            findings.append(Finding("look", "WIJ_MODE is development: anybody can sign in as anybody."))
    return findings
