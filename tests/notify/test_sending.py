"""A message goes out at most once by itself; what may have gone out waits for a person (P8, I27)."""

import asyncio
import multiprocessing
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.commands.household import RecordDeath, SuppressContact
from services.intake.handlers import household
from services.notify.channels import Channel
from services.notify.channels.mail import Mail
from services.notify.domain.delivery import LEASE, MOST_DEFERRALS, Letter, Outcome
from services.notify.handlers.sending import Post, send_due
from services.notify.store import notifications
from tests.intake import town
from tests.notify.facts import example, rows, said, tell
from tests.notify.postbox import Postbox
from tests.notify.sender import send_in_a_process
from tests.people import KARIN, MIRJAM, SAMIRA
from wij import clock
from wij.database import Database
from wij.events import Event, plan
from wij.events import intake as told_by_intake
from wij.events import notify as own
from wij.identity import service_actor
from wij.ids import new_id
from wij.settings import Settings


@pytest.fixture
async def receipt(intake: Database, notify: Database) -> UUID:
    """The receipt, planned, for the question of somebody with an e-mail address."""
    await town.build(intake)
    request_id = await town.received(intake)
    await tell(notify, example(told_by_intake.HelpRequestReceived, request_id=request_id), at=clock.now())
    return await the_mail(notify)


async def the_mail(notify: Database, template: str = "receipt") -> UUID:
    """The one mail of this template."""
    [row] = await rows(notify, "select id from notifications where channel = 'mail' and template = $1", template)
    id_: UUID = row["id"]
    return id_


async def fate(notify: Database, notification_id: UUID) -> tuple[str, str | None]:
    """Its state, and why."""
    [row] = await rows(notify, "select state, reason from notifications where id = $1", notification_id)
    return row["state"], row["reason"]


async def let_time_pass(notify: Database, time: timedelta = 2 * LEASE) -> None:
    """What waits is due, and what is in hand was taken that long ago."""
    await rows(
        notify,
        "update notifications set not_before = now(), leased_until = leased_until - $1::interval"
        " where state in ('planned', 'sending')",
        time,
    )


async def told(notify: Database) -> list[type[Event]]:
    """What was told about mail."""
    return [type(event.fact) for event in await said(notify) if getattr(event.fact, "channel", "") == "mail"]


async def test_a_mail_that_is_taken_over_is_sent_once(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    for _ in range(3):
        await send_due(post)
    [mail] = postbox.mails
    assert mail["To"] == "geertje@post.example"
    assert mail["X-WIJ-Notification"] == str(receipt)
    assert mail["Message-ID"] == f"<{receipt}@wij.example>"
    assert await fate(notify, receipt) == ("sent", None)
    assert await told(notify) == [own.NotificationSent]


async def test_what_is_told_of_a_mail_belongs_to_the_question_that_led_to_it(
    notify: Database, receipt: UUID, post: Post
) -> None:
    await send_due(post)
    assert {event.correlation_id for event in await said(notify)} == {"c-1"}


async def test_twenty_senders_at_once_send_it_once(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    await asyncio.gather(*(send_due(replace(post, owner=new_id())) for _ in range(20)))
    assert len(postbox.mails) == 1
    assert await told(notify) == [own.NotificationSent]


async def test_mails_to_one_person_go_in_order(notify: Database, receipt: UUID, post: Post, postbox: Postbox) -> None:
    postbox.to_message = "451 Try later"
    await send_due(post)
    postbox.to_message = "250 OK"
    [row] = await rows(notify, "select about_id from notifications where id = $1", receipt)
    for event in (told_by_intake.HelpRequestWaitlisted, told_by_intake.HelpRequestAnswered):
        await tell(notify, example(event, request_id=row["about_id"]), at=clock.now())
    await rows(notify, "update notifications set not_before = now() + interval '1 hour' where id = $1", receipt)
    assert await send_due(post) == 0, "the later ones wait for the first"
    await let_time_pass(notify)
    while await send_due(post):
        pass
    assert [mail["Subject"] for mail in postbox.mails] == [
        "Wij hebben uw vraag ontvangen",
        "Uw vraag staat op de wachtlijst",
        "Uw vraag is beantwoord",
    ]


async def test_a_mail_that_is_refused_is_not_tried_again(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    postbox.to_recipient = "550 No such user"
    await send_due(post)
    postbox.to_recipient = "250 OK"
    await let_time_pass(notify)
    await send_due(post)
    assert await fate(notify, receipt) == ("refused", "smtp_550")
    assert postbox.mails == []
    assert await told(notify) == [own.NotificationRefused]


async def test_a_server_that_says_later_is_asked_later_and_at_last_no_more(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    postbox.to_message = "451 Try later"
    await send_due(post)
    assert await fate(notify, receipt) == ("planned", "smtp_451")
    await send_due(post)
    [row] = await rows(notify, "select attempts from notifications where id = $1", receipt)
    assert row["attempts"] == 1, "not before its time"
    for _ in range(MOST_DEFERRALS):
        await let_time_pass(notify)
        await send_due(post)
    assert await fate(notify, receipt) == ("refused", "deferred_too_often")


async def test_a_server_that_is_away_is_tried_again(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox, settings: Settings
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = settings.model_copy(update={"smtp_port": closed.getsockname()[1]})
        await send_due(replace(post, channels={"mail": Mail(nowhere, seconds=2)}))
    assert await fate(notify, receipt) == ("planned", "server_away")
    await let_time_pass(notify)
    await send_due(post)
    assert await fate(notify, receipt) == ("sent", None)


@pytest.mark.parametrize("answer", ["silence", "hang up"])
async def test_a_server_that_took_it_and_gave_no_answer_leaves_it_to_a_person(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox, answer: str
) -> None:
    postbox.to_message = answer
    await send_due(post)
    assert await fate(notify, receipt) == ("unknown", "no_answer")
    postbox.to_message = "250 OK"
    await let_time_pass(notify)
    await send_due(post)
    assert len(postbox.mails) == 1, "it is never sent again by itself"
    assert await told(notify) == [own.NotificationUnknown]


async def test_a_sender_that_is_killed_while_sending_leaves_it_to_a_person(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox, mailing: Settings
) -> None:
    postbox.to_message = "silence"
    process = multiprocessing.get_context("spawn").Process(target=send_in_a_process, args=(mailing,), daemon=True)
    process.start()
    try:
        await asyncio.wait_for(postbox.came_in.wait(), 30)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
    postbox.to_message = "250 OK"
    await send_due(post)
    assert (await fate(notify, receipt))[0] == "sending", "it is not taken for dead before its time"
    await let_time_pass(notify)
    await send_due(post)
    await send_due(post)
    assert await fate(notify, receipt) == ("unknown", "sender_died")
    assert len(postbox.mails) == 1
    assert await told(notify) == [own.NotificationUnknown]


@pytest.mark.parametrize("was_put", [False, True])
async def test_an_inbox_item_whose_sender_died_is_put_there_after_all_and_once(
    notify: Database, post: Post, was_put: bool
) -> None:
    """Where the channel takes our key, doing it again is safe (P8)."""
    await tell(notify, example(plan.InvolvementAdded))
    if was_put:
        await send_due(post)
    await rows(
        notify,
        "update notifications set state = 'sending', settled_at = null, owner = $1,"
        " leased_until = now() - interval '1 second'",
        new_id(),
    )
    await send_due(post)
    [row] = await rows(notify, "select n.state from inbox i join notifications n using (id)")
    assert row["state"] == "sent"


@dataclass
class SlowMail:
    """Mail on a machine that is paused after the server took the letters over."""

    mail: Channel
    paused: Callable[[], Awaitable[None]]
    at_once: int = 4

    async def deliver(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """As `Mail` does, and then the pause."""
        outcomes = await self.mail.deliver(letters)
        await self.paused()
        return outcomes


async def test_a_sender_that_was_only_paused_may_still_say_how_it_went(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    async def taken_for_dead() -> None:
        await let_time_pass(notify)
        await send_due(replace(post, owner=new_id()))
        assert await fate(notify, receipt) == ("unknown", "sender_died")

    await send_due(replace(post, channels={"mail": SlowMail(post.channels["mail"], taken_for_dead)}))
    assert await fate(notify, receipt) == ("sent", None)
    assert len(postbox.mails) == 1


# What is asked at the moment of sending


@pytest.fixture
async def home(intake: Database, notify: Database) -> tuple[UUID, UUID]:
    """A household whose case has just opened, and the one who lives there; the mail is planned."""
    await town.build(intake)
    view = await town.home(intake, email="geertje@post.example")
    opened = example(plan.CaseOpened, household_id=view.household_id, director_id=SAMIRA.id)
    await tell(notify, opened, at=clock.now())
    return view.household_id, view.members[0].person_id


async def test_who_asked_for_silence_gets_no_mail(
    notify: Database, intake: Database, home: tuple[UUID, UUID], post: Post, postbox: Postbox
) -> None:
    """I27: asked when it is sent, not when it was planned."""
    async with intake.transaction(SAMIRA) as tx:
        await household.suppress_contact(tx, home[1], SuppressContact())
    await send_due(post)
    assert await fate(notify, await the_mail(notify, "case_opened_household")) == ("suppressed", "asked_for_silence")
    assert [mail["To"] for mail in postbox.mails] == []


async def test_who_died_gets_no_mail(
    notify: Database, intake: Database, home: tuple[UUID, UUID], post: Post, postbox: Postbox
) -> None:
    """I27."""
    async with intake.transaction(SAMIRA) as tx:
        await household.record_death(tx, home[1], RecordDeath(died_on=datetime.now(UTC).date()))
    await send_due(post)
    assert (await fate(notify, await the_mail(notify, "case_opened_household")))[0] == "suppressed"
    assert postbox.mails == []
    [suppressed] = [e.fact for e in await said(notify) if getattr(e.fact, "template", "") == "case_opened_household"]
    assert isinstance(suppressed, own.NotificationSuppressed)


async def test_who_has_no_address_gets_no_mail_and_that_is_told(
    notify: Database, intake: Database, post: Post, postbox: Postbox
) -> None:
    await town.build(intake)
    view = await town.home(intake)
    await tell(notify, example(plan.CaseOpened, household_id=view.household_id), at=clock.now())
    await send_due(post)
    assert await fate(notify, await the_mail(notify, "case_opened_household")) == ("suppressed", "no_address")


async def test_a_mail_that_is_no_longer_worth_it_is_not_sent(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox
) -> None:
    await rows(notify, "update notifications set valid_until = now() - interval '1 hour' where id = $1", receipt)
    await send_due(post)
    assert await fate(notify, receipt) == ("suppressed", "too_late")
    assert postbox.mails == []


async def test_nothing_goes_out_while_the_owner_of_an_address_does_not_answer(
    notify: Database, receipt: UUID, post: Post, postbox: Postbox, intake: Database
) -> None:
    silent = replace(
        post,
        contacts=replace(
            post.contacts, settings=post.contacts.settings.model_copy(update={"intake_url": "http://wij.test/nowhere"})
        ),
    )
    await send_due(silent)
    assert await fate(notify, receipt) == ("planned", "contacts_away")
    await let_time_pass(notify)
    await send_due(post)
    assert await fate(notify, receipt) == ("sent", None)


async def test_what_hung_on_a_closed_case_is_not_sent_any_more(
    notify: Database, home: tuple[UUID, UUID], post: Post, postbox: Postbox
) -> None:
    """I8: nothing is asked any more for a case that is over; that it is over, is told."""
    await tell(notify, example(plan.CaseClosed, household_id=home[0], reason="goals_reached"), at=clock.now())
    while await send_due(post):
        pass
    assert await fate(notify, await the_mail(notify, "case_opened_household")) == ("suppressed", "case_closed")
    assert [mail["Subject"] for mail in postbox.mails] == ["De hulp van het WIJ-team is afgerond"]


# What a person decides


@pytest.fixture
async def unknown(notify: Database, receipt: UUID, post: Post, postbox: Postbox) -> UUID:
    """A mail of which nobody knows whether it arrived."""
    postbox.to_message = "hang up"
    await send_due(post)
    postbox.to_message = "250 OK"
    return receipt


async def test_the_coordinators_hear_of_a_mail_with_unknown_fate(notify: Database, unknown: UUID, post: Post) -> None:
    await tell(notify, *[event for event in await said(notify) if isinstance(event.fact, own.NotificationUnknown)])
    await send_due(post)
    [row] = await rows(notify, "select role, team, about_id from inbox where template = 'mail_unknown'")
    assert (row["role"], row["team"], row["about_id"]) == ("coordinator", "selwerd", unknown)


async def test_a_person_may_have_it_sent_again(
    notify: Database, unknown: UUID, post: Post, postbox: Postbox, client: Any
) -> None:
    answer = await client("notify", KARIN).post(
        f"/notify/v1/notifications/{unknown}/decision", json={"decision": "resend"}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "planned")
    await send_due(post)
    assert len(postbox.mails) == 2
    assert await told(notify) == [own.NotificationUnknown, own.NotificationSent]
    again = await client("notify", KARIN).post(
        f"/notify/v1/notifications/{unknown}/decision", json={"decision": "drop"}
    )
    assert (again.status_code, again.json()["type"]) == (409, "urn:wij:problem:nothing-to-decide")


async def test_a_person_may_leave_it(
    notify: Database, unknown: UUID, post: Post, postbox: Postbox, client: Any
) -> None:
    answer = await client("notify", KARIN).post(
        f"/notify/v1/notifications/{unknown}/decision", json={"decision": "drop"}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "suppressed")
    await send_due(post)
    assert len(postbox.mails) == 1
    assert await told(notify) == [own.NotificationUnknown, own.NotificationSuppressed]


async def test_another_team_does_not_decide(unknown: UUID, client: Any) -> None:
    answer = await client("notify", MIRJAM).post(
        f"/notify/v1/notifications/{unknown}/decision", json={"decision": "drop"}
    )
    assert answer.status_code == 404
    worker = await client("notify", SAMIRA).post(
        f"/notify/v1/notifications/{unknown}/decision", json={"decision": "drop"}
    )
    assert worker.status_code == 403


# What a notification is to the database


async def test_a_sender_cannot_begin_what_another_has_in_hand(notify: Database, receipt: UUID) -> None:
    mine, theirs = new_id(), new_id()
    async with notify.transaction(service_actor("notify")) as tx:
        assert receipt in {one.id for one in await notifications.lease(tx, mine, 10)}
        assert await notifications.lease(tx, theirs, 10) == []
        assert await notifications.begin(tx, theirs, [receipt]) == set()
        assert await notifications.begin(tx, mine, [receipt]) == {receipt}
