"""The ledger of mails: one row per intended send, whatever number of tries it takes (F14-F16)."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from passerelle.db import mails
from passerelle.db.database import Database
from passerelle.db.mails import Intent, MailState
from passerelle.db.tables import MailRow
from passerelle.domain.errors import NotFound

INTENT = Intent("an onboarding:invitation:1", "invitation", "jane@example.com", "fr")


async def intend(database: Database, intent: Intent = INTENT) -> MailRow:
    async with database.transaction() as tx:
        return await mails.intend(tx, intent, "example.com")


async def fail(database: Database, row: MailRow, state: MailState, code: int | None = None) -> MailRow:
    async with database.transaction() as tx:
        await mails.failed(tx, row.id, state, code)
    async with database.transaction() as tx:
        return await tx.get_one(MailRow, row.id)


async def test_the_same_mail_again_is_the_same_row_with_the_same_message_id_F14(database: Database) -> None:
    first, second = await intend(database), await intend(database)
    assert (first.id, first.message_id, first.created_at) == (second.id, second.message_id, second.created_at)
    assert (first.tries, second.tries) == (1, 2)
    assert first.message_id == f"<{first.id}@example.com>"
    assert (first.state, first.accepted_at) == ("attempting", None)


async def test_the_same_mail_intended_many_times_at_once_is_one_row_F25(database: Database) -> None:
    rows = await asyncio.gather(*(intend(database) for _ in range(20)))
    assert len({row.id for row in rows}) == 1
    assert sorted(row.tries for row in rows) == list(range(1, 21))


async def test_another_mail_is_another_row(database: Database) -> None:
    rows = [await intend(database), await intend(database, replace(INTENT, dedupe_key="another"))]
    assert len({row.message_id for row in rows}) == 2


@pytest.mark.parametrize(
    ("state", "unknowns"), [(MailState.DEFERRED, 0), (MailState.REFUSED, 0), (MailState.UNKNOWN, 1)]
)
async def test_what_became_of_it_is_written_and_unknown_ends_are_counted_I3(
    database: Database, state: MailState, unknowns: int
) -> None:
    row = await fail(database, await intend(database), state, 451)
    assert (row.state, row.smtp_code, row.unknowns) == (state, 451, unknowns)
    assert (await fail(database, row, state)).unknowns == 2 * unknowns


async def test_an_accepted_mail_stays_accepted_whatever_a_late_attempt_meets_F11(database: Database) -> None:
    row = await intend(database)
    async with database.transaction() as tx:
        await mails.accepted(tx, row.id, 250)
    late = await fail(database, row, MailState.UNKNOWN)
    assert (late.state, late.smtp_code, late.unknowns) == ("accepted", 250, 0)
    assert late.accepted_at is not None
    assert (await intend(database)).state == "accepted"


async def test_a_link_that_does_not_exist_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await mails.account_token(tx, uuid4())
