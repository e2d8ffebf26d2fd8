"""I21: what belongs to people goes from its owner into the mail, and nowhere else."""

import contextlib
import io
import logging
from uuid import UUID

import structlog

from services.intake.commands.area import PutWorker
from services.intake.handlers import area
from services.notify.handlers.sending import Post, send_due
from tests.intake import town
from tests.notify.facts import example, rows, said, tell
from tests.notify.postbox import Postbox
from tests.people import FERD, SAMIRA
from wij import clock
from wij.database import Database
from wij.events import intake as told_by_intake
from wij.events import plan

CANARIES = ("Kanarie", "kanarie@post.example", "0612345678", "06-12345678", "Zangvogel")
TABLES = (
    "outbox", "notifications", "inbox", "deadlines", "moments", "cases", "involvements", "absences", "matches", "needs",
    "access_log", "answers",
)  # fmt: skip


async def test_names_and_addresses_stand_in_the_mail_and_nowhere_else(
    intake: Database, notify: Database, post: Post, postbox: Postbox
) -> None:
    await town.build(intake)
    view = await town.home(
        intake, given_name="Kanarie", family_name="Zangvogel", email="kanarie@post.example", phone="0612345678"
    )
    async with intake.transaction(FERD) as tx:
        await area.put_worker(
            tx,
            SAMIRA.id,
            PutWorker(
                team="selwerd",
                roles=("worker",),
                caseload_limit=9,
                name="Kanarie Zangvogel",
                email="kanarie@post.example",
            ),
        )
    request_id = await town.received(intake)
    logged = io.StringIO()
    configured = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(logged))
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    with contextlib.redirect_stdout(logged), contextlib.redirect_stderr(logged):
        await tell(
            notify,
            example(told_by_intake.HelpRequestReceived, request_id=request_id),
            example(plan.CaseOpened, household_id=view.household_id),
            at=clock.now(),
        )
        postbox.to_recipient = "451 Kanarie <kanarie@post.example>: not now"
        await send_due(post)
        postbox.to_recipient = "250 OK"
        await rows(notify, "update notifications set not_before = now()")
        while await send_due(post):
            pass
    logging.getLogger().removeHandler(handler)
    structlog.configure(**configured)

    assert any("Beste Kanarie" in text for text in postbox.texts()), "the canary flew"
    for table in TABLES:
        for row in await rows(notify, f"select * from {table}"):
            kept = " ".join(
                value.decode() if isinstance(value, bytes) else str(value)
                for value in row.values()
                if not isinstance(value, UUID)
            )
            assert not any(canary in kept for canary in CANARIES), table
    assert len(await said(notify)) > 3
    assert not any(canary in logged.getvalue() for canary in CANARIES)
