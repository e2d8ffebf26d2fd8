"""What is known of the story while it is played, and what there is to show at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from secrets import token_hex

from examples import names
from examples.stage import Mail, Stage, events_after
from wij_cli import timeline
from wij_cli.api import Api, Json
from wij_cli.dutch import HERE
from wij_cli.sentences import Names

TEAM = "selwerd"


@dataclass
class Ending:
    """What there is to show when the story is over."""

    household_id: str
    timeline: Sequence[Json]
    events: Sequence[Json]
    mails: Sequence[tuple[str, Mail]]
    """Who got it, by role, and the mail."""
    names: Names


@dataclass
class Plot:
    """What is known so far."""

    stage: Stage
    who: Json
    """Whose story it is."""
    request_id: str = ""
    household_id: str = ""
    case_id: str = ""
    plan: Json = field(default_factory=dict)
    need_id: str = ""
    match_id: str = ""
    director: Json = field(default_factory=dict)
    deputy: Json = field(default_factory=dict)
    absence_id: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    """Whose mail address is whose."""

    @property
    def name(self) -> str:
        """The given name."""
        return str(self.who["given_name"])

    async def directing(self) -> Api:
        """The API as the director of this moment sees it."""
        return await self.stage.person(login(self.director))


async def ending(plot: Plot, admin: Api, before: dict[str, int]) -> Ending:
    """Everything there is to see, once the last mail has gone."""
    director = await plot.directing()

    async def ours() -> Sequence[Json] | None:
        found = [event for event in await events_after(admin, before) if _is_ours(plot, event)]
        sent = {event["data"]["template"] for event in found if event["type"].endswith("notification.sent.v1")}
        return found if "case_closed" in sent else None

    events = await plot.stage.until("De laatste mail gaat de deur uit", ours)
    mails = [(plot.roles[mail.to], mail) for mail in plot.stage.post.all() if mail.to in plot.roles]
    story = await timeline.facts(director, plot.household_id)
    return Ending(plot.household_id, story, events, mails, await timeline.names(director))


def _is_ours(plot: Plot, event: Json) -> bool:
    about = {event["data"].get("household_id"), event["subject"]}
    return not about.isdisjoint({plot.household_id, plot.request_id, plot.absence_id})


async def team(plot: Plot) -> dict[str, Json]:
    """The workers of the team who could direct, by id."""
    samira = await plot.stage.person("samira")
    workers = await samira.list("intake", "/v1/workers", team=TEAM)
    return {worker["worker_id"]: worker for worker in workers if "worker" in worker["roles"]}


def somebody() -> Json:
    """Somebody new for each story, who does not exist."""
    random = Random()  # any name will do
    given, family = names.given(random), names.family(random)
    email = f"{given}.{family}.{token_hex(4)}@post.example".lower()
    born = f"19{random.randint(38, 55)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    return {"given_name": given, "family_name": family, "birth_date": born, "email": email, "phone": "06-00000999"}


def login(worker: Json) -> str:
    """The name somebody of the cast signs in with: what stands before the @."""
    return str(worker["email"]).partition("@")[0]


def later(**much: int) -> str:
    """A moment so much later, such as `later(days=7)`."""
    return (datetime.now(HERE) + timedelta(**much)).isoformat()


def today(days: int = 0) -> str:
    """This day, or so many days later."""
    return (datetime.now(HERE) + timedelta(days=days)).date().isoformat()
