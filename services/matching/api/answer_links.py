"""The page on which a volunteer answers, and what notify asks at the moment it sends.

The page needs no account, no script and no cookie. The token in its address is a secret: requests are not
logged by address, `Referrer-Policy: no-referrer` keeps it from other sites, and here only its SHA-256 is compared.
"""

import base64
import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from services.matching.commands import AnswerProposal, ResolveContacts
from services.matching.domain import words
from services.matching.domain.link import LinkExpired, LinkUsed, UnknownLink
from services.matching.handlers import answer_links as handlers
from services.matching.views import AnswerNoted, AskedOfVolunteer, ContactsView
from wij.access import Action
from wij.call import Calling, PublicCalling, Routes
from wij.errors import FieldError, Invalid, Refusal

routes = Routes()

PAGES = Path(__file__).parents[1] / "pages"
STYLE = (PAGES / "style.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LARGEST_ANSWER = 1024
"""Bytes; an answer is one word."""
WHY = "the secret in the address is the key: for one proposal, until its term, once"

_pages = Environment(
    loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_pages.filters["day"] = words.day
_pages.filters["last_day"] = words.last_day
_pages.filters["hours"] = words.hours


@routes.public("GET", "/answer-links/{token}", AskedOfVolunteer, why=WHY)
async def show_question(call: PublicCalling, token: str) -> Response:
    """What the volunteer is asked; looking answers nothing. A page in Dutch, or JSON for who asks for it."""
    try:
        async with call.database.transaction(call.actor) as tx:
            asked = await handlers.asked(tx, token)
    except (UnknownLink, LinkUsed, LinkExpired) as refusal:
        return _gone(call.request, refusal)
    return _shown(call.request, asked)


@routes.public("POST", "/answer-links/{token}", AnswerNoted, why=WHY)
async def answer_question(call: PublicCalling, token: str) -> Response:
    """Yes or no, once, from the form of the page or as JSON."""
    said = await _said(call.request)
    try:
        async with call.database.transaction(call.actor) as tx:
            if isinstance(said, Invalid):
                asked = await handlers.asked(tx, token)
            else:
                noted = await handlers.answer(tx, token, said)
    except (UnknownLink, LinkUsed, LinkExpired) as refusal:
        return _gone(call.request, refusal)
    if isinstance(said, Invalid):
        if _wants_json(call.request):
            raise said
        return _shown(call.request, asked, status=400)
    if _wants_json(call.request):
        return Response(noted.model_dump_json(), media_type="application/json")
    return _page("thanks.html", answer=noted.answer)


@routes.post("/contacts/_resolve", Action.RESOLVE_CONTACT, ContactsView)
async def resolve_contacts(call: Calling, ask: ResolveContacts) -> Response:
    """For notify: how to reach volunteers now, and fresh links for proposals that wait for an answer."""
    address = f"{call.database.settings.public_url.rstrip('/')}/matching"
    return await call.run(handlers.resolve, ask, address)


async def _said(request: Request) -> AnswerProposal | Invalid:
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    wrong = Invalid("Say accept or decline.", [FieldError("answer", "accept or decline")])
    if len(body) > LARGEST_ANSWER:
        return wrong
    try:
        if kind == "application/json":
            return AnswerProposal.model_validate(json.loads(body))
        return AnswerProposal.model_validate({name: values[-1] for name, values in parse_qs(body.decode()).items()})
    except (ValidationError, ValueError):
        return wrong


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _shown(request: Request, asked: AskedOfVolunteer, status: int = 200) -> Response:
    if _wants_json(request):
        return Response(asked.model_dump_json(), media_type="application/json")
    return _page("question.html", status, asked=asked, unanswered=status != 200)


def _gone(request: Request, refusal: Refusal) -> Response:
    if _wants_json(request):
        raise refusal
    return _page("gone.html", refusal.status, why=refusal.code())


def _page(name: str, status: int = 200, **values: object) -> Response:
    text = _pages.get_template(name).render(style=STYLE, **values)
    return HTMLResponse(text, status, {"Content-Security-Policy": POLICY})
