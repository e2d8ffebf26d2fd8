"""Where the services are: one base address, or one per service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

SERVICES = ("intake", "plan", "matching", "notify")
LOCAL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Addresses:
    """`base` serves everything under one address, unless `own` names a service's own."""

    base: str = LOCAL
    own: Mapping[str, str] | None = None
    token_url: str | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """`WIJ_URL`, `WIJ_INTAKE_URL` (and so on) and `WIJ_TOKEN_URL`."""
        own = {name: url for name in SERVICES if (url := os.environ.get(f"WIJ_{name.upper()}_URL"))}
        return cls(os.environ.get("WIJ_URL", LOCAL).rstrip("/"), own, os.environ.get("WIJ_TOKEN_URL"))

    def of(self, service: str) -> str:
        """The address of one service, without the version."""
        return (self.own or {}).get(service, f"{self.base}/{service}").rstrip("/")

    @property
    def token(self) -> str:
        """Where a token is asked for."""
        return self.token_url or f"{self.base}/issuer/token"
