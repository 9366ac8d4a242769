"""The outbox: a fact leaves with its transaction or not at all, and only the first of a workflow is due (F1)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import outbox
from passerelle.db.database import Database
from passerelle.db.serialization import facts_from_json
from passerelle.db.tables import OutboxRow
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def listener(database: Database) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
    url = database.url.replace("+psycopg", "", 1)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {outbox.CHANNEL}")
        yield connection


async def put(database: Database, onboarding_id: UUID, version: int = 1) -> None:
    async with database.transaction() as tx:
        await outbox.put_fact(tx, onboarding_id, Signal.ACCESS_REQUESTED, Facts(version=version, requested=True))


async def lease(database: Database, limit: int = 100) -> list[tuple[UUID, int]]:
    """The leased rows as (onboarding, version of its facts)."""
    async with database.transaction() as tx:
        leased = await outbox.lease(tx, limit, A_MINUTE)
    return [(row.subject_id, facts_from_json(row.facts).version) for row in leased.rows]


async def wait(tx: AsyncSession) -> float | None:
    """How long until the next fact may be tried, without taking one."""
    return (await outbox.lease(tx, 0, A_MINUTE)).seconds_until_due


async def settle(database: Database) -> None:
    """Everything that is leased was delivered."""
    async with database.transaction() as tx:
        rows = await tx.scalars(text("SELECT id FROM outbox WHERE due_at > now()"))
        await outbox.lease(tx, 0, A_MINUTE, [int(row) for row in rows])


async def notifications(listener: psycopg.AsyncConnection[tuple[object, ...]], seconds: float) -> list[str]:
    return [found.channel async for found in listener.notifies(timeout=seconds, stop_after=1)]


async def test_a_commit_notifies_the_relay(
    database: Database, listener: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    await put(database, uuid4())
    assert await notifications(listener, 10) == ["passerelle_outbox"]
    async with database.transaction() as tx:
        await outbox.put_account_mail(tx, uuid4())
    assert await notifications(listener, 10) == ["passerelle_outbox"]


async def test_nothing_leaves_before_the_commit_or_after_a_rollback_F1_F2(
    database: Database, listener: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    with pytest.raises(ZeroDivisionError):
        await _put_and_fail(database)
    assert await notifications(listener, 0.2) == []
    assert await lease(database) == []


async def _put_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await outbox.put_fact(tx, uuid4(), Signal.ACCESS_REQUESTED, Facts())
        await tx.flush()
        assert await lease(database) == []
        raise ZeroDivisionError


async def test_only_the_first_fact_of_a_workflow_is_due_F9(database: Database) -> None:
    one, other = uuid4(), uuid4()
    for onboarding_id, version in [(one, 1), (one, 2), (other, 1), (one, 3)]:
        await put(database, onboarding_id, version)
    assert await lease(database) == [(one, 1), (other, 1)]
    assert await lease(database) == []
    await settle(database)
    assert await lease(database) == [(one, 2)]


async def test_the_next_fact_of_a_workflow_is_taken_with_the_word_that_the_first_was_delivered(
    database: Database,
) -> None:
    onboarding_id, other = uuid4(), uuid4()
    for version in (1, 2):
        await put(database, onboarding_id, version)
    async with database.transaction() as tx:
        (first,) = (await outbox.lease(tx, 10, A_MINUTE)).rows
    await put(database, other)
    async with database.transaction() as tx:
        taken = await outbox.lease(tx, 10, A_MINUTE, [first.id])
        assert [(row.subject_id, row.signal, row.tries) for row in taken.rows] == [
            (onboarding_id, Signal.ACCESS_REQUESTED, 1),
            (other, Signal.ACCESS_REQUESTED, 1),
        ]
        found = await tx.get_one(OutboxRow, first.id)
        assert found.delivered_at is not None
    async with database.transaction() as tx:
        last = await outbox.lease(tx, 10, A_MINUTE, [row.id for row in taken.rows])
        assert (last.rows, last.seconds_until_due) == ([], None)


async def test_a_lease_that_is_over_makes_the_fact_due_again_F4(database: Database) -> None:
    onboarding_id = uuid4()
    await put(database, onboarding_id)
    await lease(database)
    async with database.transaction() as tx:
        assert 50 < (await wait(tx) or 0) <= 60
        await tx.execute(update(OutboxRow).values(due_at=OutboxRow.due_at - A_MINUTE))
    assert await lease(database) == [(onboarding_id, 1)]


async def test_leases_at_the_same_time_never_overlap(database: Database) -> None:
    ids = [uuid4() for _ in range(40)]
    for onboarding_id in ids:
        await put(database, onboarding_id)
    taken = await asyncio.gather(*(lease(database, 10) for _ in range(8)))
    assert sorted(found for leased in taken for found, _ in leased) == sorted(ids)
    assert all(len(leased) <= 10 for leased in taken)


async def test_a_failed_fact_waits_and_says_why(database: Database) -> None:
    onboarding_id = uuid4()
    await put(database, onboarding_id)
    async with database.transaction() as tx:
        (row,) = (await outbox.lease(tx, 10, A_MINUTE)).rows
        await outbox.failed(tx, row.id, "TimeoutError", timedelta(seconds=2))
    assert await lease(database) == []
    async with database.transaction() as tx:
        assert 0 < (await wait(tx) or 0) <= 2
        found = await tx.get_one(OutboxRow, row.id)
        assert (found.last_error, found.tries, found.delivered_at) == ("TimeoutError", 1, None)


async def test_what_waits_behind_a_failed_fact_wakes_nobody_F30(database: Database) -> None:
    onboarding_id = uuid4()
    for version in (1, 2):
        await put(database, onboarding_id, version)
    async with database.transaction() as tx:
        (row,) = (await outbox.lease(tx, 10, A_MINUTE)).rows
        await outbox.failed(tx, row.id, "TimeoutError", timedelta(seconds=5))
    async with database.transaction() as tx:
        assert (await wait(tx) or 0) > 3


async def test_how_much_waits_and_for_how_long_can_be_asked_O5(database: Database) -> None:
    one, other = uuid4(), uuid4()
    async with database.transaction() as tx:
        assert await outbox.backlog(tx) == (0, 0)
        assert await wait(tx) is None
    for onboarding_id in (one, one, other):
        await put(database, onboarding_id)
    async with database.transaction() as tx:
        await tx.execute(update(OutboxRow).values(created_at=OutboxRow.created_at - A_MINUTE))
        count, oldest = await outbox.backlog(tx)
        assert (count, 60 <= oldest < 90) == (3, True)
        assert await outbox.has_pending(tx, one)
        assert not await outbox.has_pending(tx, uuid4())
    await lease(database)
    await settle(database)
    async with database.transaction() as tx:
        assert (await outbox.backlog(tx))[0] == 1
        assert not await outbox.has_pending(tx, other)
