"""P10: the record of who looked cannot be changed unseen, not even by who owns the database."""

import asyncio
import io
import json
import sys
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from services import errands
from services.plan.service import build
from tests.people import SAMIRA, warmed
from tests.shared.toys import as_owner
from wij import audit, logs, seals
from wij.access import Action
from wij.audit import Look
from wij.database import Database
from wij.identity import service_actor
from wij.seals import MOST, LooksChanged, Sealed
from wij.settings import Settings
from wij.tokens import BearerTokens


async def looked(database: Database, times: int = 1) -> None:
    """Somebody looks at a case, so many times, one after the other."""
    async with database.transaction(SAMIRA) as tx:
        await audit.record(tx, [Look(Action.VIEW_CASE, "case", UUID(int=number)) for number in range(times)])


async def verified(database: Database, **heads: str) -> Sealed:
    connection = await database.connect()
    try:
        return await seals.verify(connection, database.service, {int(key[1:]): word for key, word in heads.items()})
    finally:
        await connection.close()


async def heads_of(settings: Settings) -> Sequence[str]:
    """The digests as the process wrote them down."""
    rows = await as_owner(settings, "plan", "select digest from seals order by number")
    return [row["digest"].hex() for row in rows]


async def what_is_logged_while_sealing(database: Database, settings: Settings) -> str:
    """As in production."""
    written = io.StringIO()
    logs.configure(settings.model_copy(update={"mode": "production", "log_level": "info"}), written)
    try:
        await seals.seal(database)
    finally:
        assert sys.__stderr__ is not None
        logs.configure(settings, sys.__stderr__)
    return written.getvalue()


@pytest.fixture
async def sealed(plan: Database) -> Database:
    """Three seals on eighteen looks, and two looks that wait."""
    for times in (5, 6, 7):
        await looked(plan, times)
        assert await seals.seal(plan) == 1
    await looked(plan, 2)
    return plan


async def test_what_nobody_touched_is_as_it_was_sealed(sealed: Database, settings: Settings) -> None:
    assert await verified(sealed) == Sealed(3, 18, 2)
    [_, second, third] = await heads_of(settings)
    assert await verified(sealed, _2=second, _3=third) == Sealed(3, 18, 2)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("update access_log set purpose = 'curiosity' where id = 8", "looks 6 to 11 "),
        ("update access_log set household_id = null, at = at + interval '1 us' where id = 3", "looks 1 to 5 "),
        ("delete from access_log where id = 18", "looks 12 to 18 "),
        ("truncate access_log", "looks 12 to 18 "),
        ("update seals set digest = sha256(digest) where number = 2", "looks 6 to 11 "),
        ("delete from seals where number = 2", "after seal 1, 1 are gone"),
        ("delete from seals where number = 1", "after seal 0, 1 are gone"),
    ],
)
async def test_a_change_is_seen_with_its_place(sealed: Database, settings: Settings, change: str, where: str) -> None:
    await as_owner(settings, "plan", change)
    with pytest.raises(LooksChanged, match=where):
        await verified(sealed)


async def test_looks_that_changed_places_are_seen(sealed: Database, settings: Settings) -> None:
    """Both are there, and every column holds what it held, but not in this order."""
    await as_owner(
        settings,
        "plan",
        "update access_log a set object_id = b.object_id from access_log b where a.id + b.id = 15 and a.id in (7, 8)",
    )
    with pytest.raises(LooksChanged, match="looks 6 to 11 "):
        await verified(sealed)


async def test_who_forges_one_seal_breaks_the_next(sealed: Database, settings: Settings) -> None:
    [first, *_] = await heads_of(settings)
    await as_owner(settings, "plan", "delete from access_log where id = 8")
    [forged] = await as_owner(settings, "plan", seals.SQL.digest, bytes.fromhex(first), 5, 11, MOST)
    await as_owner(
        settings, "plan", "update seals set looks = $1, digest = $2 where number = 2", forged["looks"], forged["digest"]
    )
    with pytest.raises(LooksChanged, match=r"^plan: looks 12 to 18 "):
        await verified(sealed)


async def test_who_forges_every_later_seal_too_is_found_by_what_was_written_down(
    sealed: Database, settings: Settings
) -> None:
    [_, second, third] = await heads_of(settings)
    await as_owner(settings, "plan", "delete from seals")
    await as_owner(settings, "plan", "delete from access_log where id = 8")
    await seals.seal(sealed)
    assert (await verified(sealed)).unsealed == 0
    with pytest.raises(LooksChanged, match="seal 2 is gone; seal 3 is gone"):
        await verified(sealed, _2=second, _3=third)
    with pytest.raises(LooksChanged, match="seal 1 is not the one that was written down"):
        await verified(sealed, _1=second)


async def test_a_record_cut_short_with_its_seals_is_found_by_what_was_written_down(
    sealed: Database, settings: Settings
) -> None:
    [*_, third] = await heads_of(settings)
    await as_owner(settings, "plan", "delete from seals where number = 3")
    await as_owner(settings, "plan", "delete from access_log where id > 11")
    assert await verified(sealed) == Sealed(2, 11, 0)
    with pytest.raises(LooksChanged, match="seal 3 is gone"):
        await verified(sealed, _3=third)


async def test_a_look_with_a_lower_number_that_commits_late_is_sealed_too(plan: Database) -> None:
    async with plan.transaction(SAMIRA) as slow:
        await audit.looked(slow, Action.VIEW_CASE, "case", UUID(int=1))
        await looked(plan)
        sealing = asyncio.create_task(seals.seal(plan))
        await asyncio.sleep(0.5)
        assert not sealing.done()
    assert await sealing == 1
    assert await verified(plan) == Sealed(1, 2, 0)


async def test_twenty_who_seal_at_once_make_one_chain(plan: Database) -> None:
    await looked(plan, 3 * MOST - 1)
    await warmed(plan, 20)
    assert sum(await asyncio.gather(*(seals.seal(plan) for _ in range(20)))) == 3
    assert await verified(plan) == Sealed(3, 3 * MOST - 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        "delete from access_log",
        "update access_log set purpose = 'support'",
        "truncate access_log",
        "delete from seals",
        "update seals set looks = 1",
        "truncate seals",
    ],
)
async def test_the_service_itself_can_change_neither_looks_nor_seals(plan: Database, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with plan.transaction(service_actor("plan")) as tx:
            await tx.run(change)


async def test_the_command_says_so_and_takes_what_the_log_said(
    plan: Database, settings: Settings, tokens: BearerTokens, capsys: pytest.CaptureFixture[str]
) -> None:
    await looked(plan, 3)
    said = json.loads(await what_is_logged_while_sealing(plan, settings))
    assert said["event"] == "access_log_sealed"
    heads = [errands.head(f"{said['service']}:{said['number']}:{said['digest']}")]
    service = build(settings, tokens)
    await errands.verify_looks([service], heads)
    assert capsys.readouterr().out == "plan: 3 looks under 1 seals are as they were; 0 wait for a seal\n"
    await as_owner(settings, "plan", "delete from access_log where id = 3")
    with pytest.raises(LooksChanged, match=r"^plan: looks 1 to 3 "):
        await errands.verify_looks([service], heads)
