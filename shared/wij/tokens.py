"""Bearer tokens: whose call this is, according to the identity provider; and the token our own services call with.

`BearerTokens` verifies a signed JWT against the provider's published keys. Whatever cannot be checked is refused (P16):
a token that does not verify is 401, and a provider whose keys cannot be had is 503.
"""

import asyncio
import base64
import binascii
import hashlib
import json
import time
from collections import OrderedDict
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wij.errors import NotAuthenticated, Unavailable
from wij.identity import Actor, Role
from wij.settings import Settings

ALGORITHMS = ["RS256", "ES256"]
"""Signatures we accept; never `none`, never a shared secret."""
LEEWAY = 30
"""Seconds that the provider's clock may differ from ours."""
_REMEMBER = 300
"""Seconds a verified token counts without being verified again."""
_REMEMBERED = 10_000
_FRESH, _STALE = 600, 3600
"""Seconds after which keys are fetched again, and after which they no longer count when that fails."""
_PAUSE = 10
"""Seconds between two fetches for keys we do not know, so a stream of nonsense does not become a stream of fetches."""


class _Claims(BaseModel):
    """What we read of a token."""

    model_config = ConfigDict(extra="ignore")

    sub: UUID
    exp: int
    roles: frozenset[Role] = frozenset()
    team: str | None = Field(None, pattern=r"^[a-z][a-z0-9-]{0,39}$")

    @field_validator("roles", mode="before")
    @classmethod
    def _ours(cls, given: object) -> object:
        """A provider may name roles that are not ours; those mean nothing here."""
        known = set(Role)
        return [name for name in given if name in known] if isinstance(given, list) else given


class BearerTokens:
    """Turns a bearer token into an `Actor`. One per process: it remembers the provider's keys and verified tokens."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient | None = None) -> None:
        self._settings = settings
        self._http = http or httpx.AsyncClient(timeout=3)
        self._keys: dict[str, Any] = {}
        self._fetched = self._asked = float("-inf")
        self._fetching = asyncio.Lock()
        self._known: OrderedDict[bytes, tuple[float, float, Actor]] = OrderedDict()

    async def verify(self, token: str) -> Actor:
        """Who this is. Raises `NotAuthenticated`, or `Unavailable` when it cannot be checked."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and time.monotonic() < known[0] and time.time() < known[1]:
            return known[2]
        kid = _key_id(token)
        key = await self._key(kid)
        claims = self._check(token, key)
        actor = Actor(claims.sub, claims.roles, claims.team)
        self._known[digest] = (time.monotonic() + _REMEMBER, claims.exp + LEEWAY, actor)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return actor

    def _check(self, token: str, key: Any) -> _Claims:
        settings = self._settings
        expected = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            decoded = jwt.decode(token, key, algorithms=ALGORITHMS)
            expected.validate(decoded.claims)
            return _Claims.model_validate(decoded.claims)
        except (JoseError, ValidationError, ValueError, TypeError) as error:
            raise NotAuthenticated("Your access token is not valid (any more). Sign in again.") from error

    async def _key(self, kid: str) -> Any:
        under_way = self._fetching.locked() and kid not in self._keys
        if under_way or self._wanted(kid):
            async with self._fetching:
                if self._wanted(kid):  # nobody asked while we waited
                    await self._fetch()
        if time.monotonic() - self._fetched > _STALE:
            raise Unavailable("We cannot check your access token now. Try again.")
        if kid not in self._keys:
            raise NotAuthenticated("Your access token is signed with a key we do not know. Sign in again.")
        return self._keys[kid]

    def _wanted(self, kid: str) -> bool:
        """Whether to fetch the keys: we have none, they are old, or this one may be new."""
        now = time.monotonic()
        if not self._keys:
            return now - self._asked > 1
        return now - self._asked > _PAUSE and (kid not in self._keys or now - self._fetched > _FRESH)

    async def _fetch(self) -> None:
        self._asked = time.monotonic()
        try:
            answer = await self._http.get(self._settings.jwks_url)
            answer.raise_for_status()
            keys = {key.kid: key for key in KeySet.import_key_set(answer.json()).keys if key.kid}
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError):
            return  # what we have counts until it is stale
        if not keys.keys() >= self._keys.keys():
            self._known.clear()  # a key was withdrawn: what it signed is verified again
        self._keys, self._fetched = keys, time.monotonic()


def _key_id(token: str) -> str:
    """The `kid` of a token whose header names a signature we accept."""
    try:
        head = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        if header["alg"] in ALGORITHMS and isinstance(header["kid"], str):
            return str(header["kid"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise NotAuthenticated("This is not an access token we can read.") from error
    raise NotAuthenticated("This access token is signed in a way we do not accept.")


class ServiceTokens:
    """The access token one of our services calls the others with (OAuth 2 client credentials)."""

    def __init__(self, settings: Settings, service: str, http: httpx.AsyncClient | None = None) -> None:
        self._settings = settings
        self._service = service
        self._http = http or httpx.AsyncClient(timeout=3)
        self._token = ""
        self._until = float("-inf")
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """A token that is valid for at least half a minute more. Raises `Unavailable`."""
        async with self._asking:
            if time.monotonic() > self._until:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        asked = time.monotonic()
        try:
            answer = await self._http.post(
                self._settings.token_url,
                data={"grant_type": "client_credentials", "audience": self._settings.audience},
                auth=(self._service, self._settings.client_secret.get_secret_value()),
            )
            answer.raise_for_status()
            given = answer.json()
            self._token, self._until = str(given["access_token"]), asked + float(given["expires_in"]) - 30
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("The identity provider gives us no token now.") from error
