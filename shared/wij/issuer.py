"""A small identity provider for development and tests: it signs in the cast by first name, and our services by secret.

It speaks enough OpenID Connect for our own resource servers: discovery, keys, and a token endpoint. It refuses to exist
in production mode. Its key stays in the data folder, so that tokens survive a restart.
"""

import base64
import binascii
import hmac
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wij.cast import CAST
from wij.events import SERVICES
from wij.identity import Actor, service_actor
from wij.settings import Settings

CAST_GRANT = "urn:wij:cast"
"""The grant by which somebody of the cast signs in: `grant_type=urn:wij:cast&name=samira`."""
_VALID = 8 * 3600


class IssuerRefused(RuntimeError):
    """The local issuer would let anybody in as anybody, so it does not start in production mode."""


class Issuer:
    """Signs tokens with the key of its data folder; `app` is its HTTP side."""

    def __init__(self, settings: Settings) -> None:
        if settings.mode == "production":
            raise IssuerRefused("The local issuer does not run in production mode; name your own identity provider.")
        self._settings = settings
        self._keys = [_kept_key(settings.data / "issuer.jwk")]
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def mint(self, actor: Actor, *, seconds: int = _VALID, **claims: object) -> str:
        """An access token for this actor; `claims` overrides any claim."""
        now = int(time.time())
        key = self._keys[-1]
        return jwt.encode(
            {"alg": "ES256", "kid": key.kid, "typ": "at+jwt"},
            {
                "iss": self._settings.issuer,
                "aud": self._settings.audience,
                "sub": str(actor.id),
                "roles": sorted(actor.roles),
                **({"team": actor.team} if actor.team else {}),
                "iat": now,
                "nbf": now,
                "exp": now + seconds,
                **claims,
            },
            key,
        )

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a fresh key from now on; without `keep_old` the old one is withdrawn."""
        self._keys = [*(self._keys if keep_old else []), _new_key()]

    async def _discovery(self, _: Request) -> JSONResponse:
        here = self._settings.issuer
        return JSONResponse(
            {
                "issuer": here,
                "jwks_uri": self._settings.jwks_url,
                "token_endpoint": self._settings.token_url,
                "grant_types_supported": ["client_credentials", CAST_GRANT],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def _jwks(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self._keys]})

    async def _token(self, request: Request) -> JSONResponse:
        asked = {
            name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()
        }
        match asked.get("grant_type"):
            case "urn:wij:cast":
                person = CAST.get(asked.get("name", "").lower())
                if person is None:
                    return _refused("invalid_grant", f"Sign in as one of: {', '.join(CAST)}.")
                return self._given(person.actor)
            case "client_credentials":
                client = self._client(request.headers.get("authorization", ""), asked)
                return (
                    _refused("invalid_client", "Unknown client or secret.", 401)
                    if client is None
                    else self._given(client)
                )
        return _refused("unsupported_grant_type", f"Use client_credentials or {CAST_GRANT}.")

    def _client(self, authorization: str, asked: dict[str, str]) -> Actor | None:
        """The service whose id and secret came along (RFC 6749, in the header or in the form)."""
        name, secret = asked.get("client_id", ""), asked.get("client_secret", "")
        scheme, _, both = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _, secret = base64.b64decode(both).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        ours = self._settings.client_secret.get_secret_value()
        if not ours or name not in SERVICES or not hmac.compare_digest(secret.encode(), ours.encode()):
            return None
        return service_actor(name)

    def _given(self, actor: Actor) -> JSONResponse:
        given = {"access_token": self.mint(actor), "token_type": "Bearer", "expires_in": _VALID}
        return JSONResponse(given, headers={"Cache-Control": "no-store"})


def _refused(error: str, words: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": words}, status)


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


def _kept_key(path: Path) -> ECKey:
    """The key in this file, made when there is none yet; of processes that start together, one makes it for all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_name(f"{path.name}.{os.getpid()}")
        whole.touch(0o600)
        whole.write_text(json.dumps(_new_key().as_dict(private=True)))
        with suppress(FileExistsError):
            os.link(whole, path)
        whole.unlink()
    return ECKey.import_key(json.loads(path.read_text()))
