"""Bearer tokens: only what the identity provider signed for us counts, and what cannot be checked is refused (P16)."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from tests.conftest import SECRET
from tests.people import HANNEKE, SAMIRA
from wij import tokens as tokens_module
from wij.errors import NotAuthenticated, Unavailable
from wij.identity import Role, service_actor
from wij.issuer import Issuer, IssuerRefused
from wij.settings import Settings
from wij.tokens import BearerTokens, ServiceTokens


class Provider:
    """The issuer behind a door that can be closed."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = Issuer(settings)
        self.away = False
        self.nonsense = False
        self.slow = False
        self.asked = 0
        self.app = Starlette(routes=[Mount("/issuer", self._door)])

    async def _door(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.slow:
            await asyncio.sleep(0.05)
        answer: Response | None = Response("no", 503) if self.away else None
        if self.nonsense:
            answer = JSONResponse({"keys": "none"})
        await (answer or self.issuer.app)(scope, receive, send)


@pytest.fixture
def here(base_settings: Settings, tmp_path: Path) -> Settings:
    """Settings with an issuer's key of this test alone."""
    return base_settings.model_copy(update={"data": tmp_path})


@pytest.fixture
def provider(here: Settings) -> Provider:
    """The identity provider."""
    return Provider(here)


@pytest.fixture
async def http(provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    """The way to it."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(provider.app)) as client:
        yield client


@pytest.fixture
def bearer(here: Settings, http: httpx.AsyncClient) -> BearerTokens:
    """The verifier."""
    return BearerTokens(here, http)


@pytest.fixture
def any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may be asked for at any time, without the pause between two fetches."""
    monkeypatch.setattr(tokens_module, "_PAUSE", 0)


def _joined(*parts: dict[str, object]) -> str:
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


async def test_a_signed_token_says_who_it_is(bearer: BearerTokens, provider: Provider) -> None:
    assert await bearer.verify(provider.issuer.mint(SAMIRA)) == SAMIRA
    assert await bearer.verify(provider.issuer.mint(HANNEKE)) == HANNEKE
    assert provider.asked == 1, "the keys are fetched once"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-system"},
        {"exp": 1_000_000_000},
        {"nbf": 4_000_000_000},
        {"iss": None},
        {"aud": None},
        {"exp": None},
        {"sub": "samira"},
        {"sub": None},
        {"roles": "worker"},
        {"team": "Sel Werd; drop"},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(
    bearer: BearerTokens, provider: Provider, wrong: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthenticated):
        await bearer.verify(provider.issuer.mint(SAMIRA, **wrong))


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "..", "e30.e30.e30", "eyJhbGciOiJub25lIn0..", "🙂"])
async def test_nonsense_is_refused(bearer: BearerTokens, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        await bearer.verify(token)


async def test_a_token_that_nobody_signed_is_refused(bearer: BearerTokens, provider: Provider, here: Settings) -> None:
    claims: dict[str, object] = {"iss": here.issuer, "aud": here.audience, "sub": str(SAMIRA.id), "exp": 4_000_000_000}
    await bearer.verify(provider.issuer.mint(SAMIRA))
    with pytest.raises(NotAuthenticated):
        await bearer.verify(_joined({"alg": "none", "kid": provider.issuer._keys[0].kid}, claims) + ".")  # noqa: SLF001


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    bearer: BearerTokens, provider: Provider, here: Settings
) -> None:
    """The classic: HS256 with what everybody can read as the secret."""
    public = provider.issuer._keys[0]  # noqa: SLF001
    claims = {"iss": here.issuer, "aud": here.audience, "sub": str(SAMIRA.id), "exp": 4_000_000_000}
    forged = _joined({"alg": "HS256", "kid": public.kid}, claims)
    signature = hmac.digest(public.as_pem(private=False), forged.encode(), "sha256")
    forged = f"{forged}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(NotAuthenticated):
        await bearer.verify(forged)


async def test_a_token_signed_by_somebody_else_under_our_key_id_is_refused(
    bearer: BearerTokens, provider: Provider, here: Settings
) -> None:
    kid = provider.issuer._keys[0].kid  # noqa: SLF001
    theirs = ECKey.generate_key("P-256")
    claims = {"iss": here.issuer, "aud": here.audience, "sub": str(SAMIRA.id), "exp": 4_000_000_000}
    with pytest.raises(NotAuthenticated):
        await bearer.verify(jwt.encode({"alg": "ES256", "kid": kid}, claims, theirs))


async def test_a_changed_token_is_refused_also_after_the_real_one_was_seen(
    bearer: BearerTokens, provider: Provider
) -> None:
    token = provider.issuer.mint(SAMIRA)
    await bearer.verify(token)
    head, claims, signature = token.split(".")
    theirs = provider.issuer.mint(HANNEKE).split(".")[1]
    for forged in (f"{head}.{theirs}.{signature}", f"{head}.{claims}.{signature[:-4]}AAAA"):
        with pytest.raises(NotAuthenticated):
            await bearer.verify(forged)


async def test_a_new_key_of_the_provider_is_taken_up(bearer: BearerTokens, provider: Provider, any_time: None) -> None:
    old = provider.issuer.mint(SAMIRA)
    await bearer.verify(old)
    provider.issuer.rotate()
    assert await bearer.verify(provider.issuer.mint(HANNEKE)) == HANNEKE
    assert await bearer.verify(old) == SAMIRA


async def test_callers_who_come_while_the_keys_are_fetched_wait_for_them(
    bearer: BearerTokens, provider: Provider
) -> None:
    """A process that has just started refuses nobody: the first caller fetches, those who come meanwhile wait."""
    provider.slow = True
    token = provider.issuer.mint(SAMIRA)
    first = asyncio.ensure_future(bearer.verify(token))
    while not provider.asked:
        await asyncio.sleep(0.001)
    meanwhile = await asyncio.gather(*(bearer.verify(token) for _ in range(20)))
    assert [*meanwhile, await first] == [SAMIRA] * 21
    assert provider.asked == 1


async def test_a_withdrawn_key_counts_no_more(bearer: BearerTokens, provider: Provider, any_time: None) -> None:
    old = provider.issuer.mint(SAMIRA)
    await bearer.verify(old)
    provider.issuer.rotate(keep_old=False)
    await bearer.verify(provider.issuer.mint(HANNEKE))
    with pytest.raises(NotAuthenticated):
        await bearer.verify(old)


async def test_unknown_keys_do_not_become_a_stream_of_fetches(
    bearer: BearerTokens, provider: Provider, here: Settings
) -> None:
    await bearer.verify(provider.issuer.mint(SAMIRA))
    key = ECKey.generate_key("P-256")
    for number in range(20):
        with pytest.raises(NotAuthenticated):
            await bearer.verify(jwt.encode({"alg": "ES256", "kid": f"unknown-{number}"}, {"sub": "x"}, key))
    assert provider.asked == 1


async def test_without_the_providers_keys_nobody_gets_in(bearer: BearerTokens, provider: Provider) -> None:
    """P16: what we cannot check we refuse; as 503, since the caller did nothing wrong."""
    provider.away = True
    with pytest.raises(Unavailable):
        await bearer.verify(provider.issuer.mint(SAMIRA))


async def test_keys_that_make_no_sense_are_no_keys(bearer: BearerTokens, provider: Provider) -> None:
    provider.nonsense = True
    with pytest.raises(Unavailable):
        await bearer.verify(provider.issuer.mint(SAMIRA))


async def test_known_keys_outlive_a_short_absence_of_the_provider_and_not_a_long_one(
    bearer: BearerTokens, provider: Provider, any_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bearer.verify(provider.issuer.mint(SAMIRA))
    provider.away = True
    assert await bearer.verify(provider.issuer.mint(HANNEKE)) == HANNEKE
    monkeypatch.setattr(tokens_module, "_STALE", 0)
    with pytest.raises(Unavailable):
        await bearer.verify(provider.issuer.mint(HANNEKE, jti="another"))


async def test_roles_of_others_mean_nothing_here(bearer: BearerTokens, provider: Provider) -> None:
    actor = await bearer.verify(provider.issuer.mint(SAMIRA, roles=["worker", "offline_access", "admin"]))
    assert actor.roles == {Role.WORKER}


async def test_our_services_get_a_token_for_their_secret_and_keep_it(
    here: Settings, http: httpx.AsyncClient, bearer: BearerTokens, provider: Provider
) -> None:
    mine = ServiceTokens(here, "notify", http)
    token = await mine.token()
    assert await bearer.verify(token) == service_actor("notify")
    asked = provider.asked
    assert await mine.token() == token
    assert provider.asked == asked


async def test_a_service_without_the_secret_gets_nothing(here: Settings, http: httpx.AsyncClient) -> None:
    for secret in ("", "guess", SECRET + "x"):
        guessing = here.model_copy(update={"client_secret": SecretStr(secret)})
        with pytest.raises(Unavailable):
            await ServiceTokens(guessing, "notify", http).token()
    with pytest.raises(Unavailable):
        await ServiceTokens(here, "somebody", http).token()


async def test_the_cast_signs_in_by_name_and_nobody_else(
    here: Settings, http: httpx.AsyncClient, bearer: BearerTokens
) -> None:
    asked = {"grant_type": "urn:wij:cast", "name": "Samira"}
    given = (await http.post(here.token_url, data=asked)).json()
    assert await bearer.verify(given["access_token"]) == SAMIRA
    refused = await http.post(here.token_url, data=asked | {"name": "mallory"})
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    assert (await http.post(here.token_url, data={"grant_type": "password"})).status_code == 400


async def test_discovery_leads_to_the_keys(here: Settings, http: httpx.AsyncClient) -> None:
    found = (await http.get(f"{here.issuer}/.well-known/openid-configuration")).json()
    keys = (await http.get(found["jwks_uri"])).json()["keys"]
    assert [set(key) & {"d", "p", "q"} for key in keys] == [set()], "never the private part"


def test_tokens_survive_a_restart_of_the_issuer(here: Settings, provider: Provider) -> None:
    assert Issuer(here)._keys[0].kid == provider.issuer._keys[0].kid  # noqa: SLF001


def test_the_local_issuer_does_not_exist_in_production(here: Settings) -> None:
    with pytest.raises(IssuerRefused):
        Issuer(here.model_copy(update={"mode": "production"}))


def test_weak_settings_are_named_one_by_one() -> None:
    """SEC-05"""
    weak = Settings(mode="production")
    strong = Settings(
        mode="production",
        oin="00000001234567890000",
        issuer="https://id.example",
        jwks_url="https://id.example/jwks",
        token_url="https://id.example/token",
        public_url="https://wij.example",
        client_secret=SecretStr("x" * 24),
        database_passwords={"plan": SecretStr("x")},
        nats_url="nats://plan:x@nats:4222",
    )
    assert strong.weaknesses() == []
    assert len(weak.weaknesses()) == 6
    for name in ("oin", "issuer", "jwks_url", "token_url", "public_url", "client_secret", "nats_url"):
        worse = strong.model_copy(update={name: getattr(weak, name)})
        assert len(worse.weaknesses()) == 1, name
    half = strong.model_copy(update={"nats_url": "nats://plan:x@one:4222,nats://two:4222"})
    assert half.weaknesses() == ["WIJ_NATS_URL holds no credentials"]
