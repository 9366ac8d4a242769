"""The outbox reaches Temporal: at least once, in order per onboarding, whoever dies or is away (F1, F4, F5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from passerelle.db import outbox
from passerelle.db.database import Database
from passerelle.db.tables import OutboxRow
from passerelle.delivery.relay import LEASE, LONGEST_PAUSE, Relay
from passerelle.domain.schedule import Durations
from passerelle.domain.signals import Signal
from tests import platform_world
from tests.delivery import world
from tests.delivery.world import FakeTemporal
from tests.workflows.world import eventually

AT_ONCE = 5
"""Seconds: far below the pause after which an idle relay looks by itself."""


@asynccontextmanager
async def running(database: Database, temporal: FakeTemporal) -> AsyncIterator[None]:
    """A relay that already listens."""
    task = asyncio.create_task(Relay(database, temporal).run())
    await eventually(lambda: listeners(database), bool, "a listener")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def listeners(database: Database) -> list[int]:
    """Process ids of the database's sessions that wait for notifications."""
    query = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' "
        "AND state = 'idle'"
    )
    async with database.transaction() as tx:
        return list(await tx.scalars(query))


async def arrived(temporal: FakeTemporal, count: int) -> None:
    async def signals() -> int:
        return len(temporal.signals)

    await eventually(signals, lambda found: found == count, f"{count} signals", seconds=AT_ONCE)


async def test_a_fact_arrives_with_its_snapshot_durations_and_signal(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    facts = await world.put(database, onboarding_id)
    assert await Relay(database, temporal).drain() == 1
    ((start, signal, ended),) = temporal.signals
    assert (start.onboarding_id, start.facts, start.durations) == (onboarding_id, facts, Durations())
    assert (signal, ended) == (Signal.ACCESS_REQUESTED, False)
    assert await world.pending(database) == []


async def test_what_was_delivered_is_not_delivered_again(database: Database) -> None:
    temporal = FakeTemporal()
    await world.put(database, await world.onboarding(database))
    assert [await Relay(database, temporal).drain() for _ in range(2)] == [1, 0]


async def test_the_run_that_carries_the_onboarding_is_remembered_O2(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    for run_id, remembered in [("run-1", "run-1"), (None, "run-1"), ("run-2", "run-2")]:
        temporal.run_id = run_id
        await world.put(database, onboarding_id)
        await Relay(database, temporal).drain()
        async with database.transaction() as tx:
            assert (await world.row_of(tx, onboarding_id)).run_id == remembered


async def test_the_facts_of_one_onboarding_arrive_in_order_F9(database: Database) -> None:
    temporal = FakeTemporal()
    ids = [await world.onboarding(database) for _ in range(4)]
    for version in range(1, 8):
        for onboarding_id in ids:
            await world.put(database, onboarding_id, version)
    assert await Relay(database, temporal).drain() == 28
    assert [temporal.versions(onboarding_id) for onboarding_id in ids] == [list(range(1, 8))] * 4


async def test_more_facts_than_one_batch_all_arrive(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passerelle.delivery.relay.BATCH", 3)
    temporal = FakeTemporal()
    for _ in range(10):
        await world.put(database, await world.onboarding(database))
    assert await Relay(database, temporal).drain() == 10


async def test_several_relays_at_once_deliver_each_fact_once_in_order_F32(database: Database) -> None:
    temporal = FakeTemporal()
    ids = [await world.onboarding(database) for _ in range(6)]
    for version in range(1, 6):
        for onboarding_id in ids:
            await world.put(database, onboarding_id, version)

    async def all_delivered() -> int:
        await asyncio.gather(*(Relay(database, temporal).drain() for _ in range(4)))
        return len(await world.pending(database))

    await eventually(all_delivered, lambda count: count == 0, "nothing pending")
    assert [temporal.versions(onboarding_id) for onboarding_id in ids] == [[1, 2, 3, 4, 5]] * 6


async def test_temporal_away_keeps_the_fact_and_everything_behind_it_F30(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    for version in (1, 2):
        await world.put(database, onboarding_id, version)
    temporal.away = {f"onboarding-{onboarding_id}"}
    assert await Relay(database, temporal).drain() == 0
    first, second = await world.pending(database)
    assert (first.tries, first.last_error) == (1, "TimeoutError")
    assert second.tries == 0
    temporal.away = set()
    await world.pass_time(database, LONGEST_PAUSE.total_seconds())
    assert await Relay(database, temporal).drain() == 2
    assert temporal.versions(onboarding_id) == [1, 2]


async def test_one_workflow_that_does_not_answer_holds_up_no_other_F47(database: Database) -> None:
    temporal = FakeTemporal()
    stuck, other = [await world.onboarding(database) for _ in range(2)]
    for onboarding_id in (stuck, other):
        await world.put(database, onboarding_id)
    temporal.away = {f"onboarding-{stuck}"}
    assert await Relay(database, temporal).drain() == 1
    assert (temporal.versions(stuck), temporal.versions(other)) == ([], [3])


async def test_one_row_that_cannot_be_read_holds_up_no_other_F47(database: Database) -> None:
    temporal = FakeTemporal()
    bad, unknown, good = [await world.onboarding(database) for _ in range(3)]
    for onboarding_id in (bad, unknown, good):
        await world.put(database, onboarding_id)
    async with database.transaction() as tx:
        await tx.execute(update(OutboxRow).where(OutboxRow.subject_id == bad).values(facts={"version": "many"}))
        await tx.execute(update(OutboxRow).where(OutboxRow.subject_id == unknown).values(signal="from_the_future"))
    assert await Relay(database, temporal).drain() == 1
    assert temporal.versions(good) == [3]
    assert [row.last_error for row in await world.pending(database)] == ["ValidationError", "ValueError"]


async def test_the_pause_between_tries_grows_and_stays_below_the_recovery_time_F30(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    await world.put(database, onboarding_id)
    temporal.away = {f"onboarding-{onboarding_id}"}
    pauses = []
    for _ in range(6):
        await Relay(database, temporal).drain()
        async with database.transaction() as tx:
            pauses.append((await outbox.lease(tx, 10, LEASE)).seconds_until_due or 0)
        await world.pass_time(database, 60)
    assert pauses == pytest.approx([1, 2, 4, 5, 5, 5], abs=0.9)
    assert max(pauses) <= LONGEST_PAUSE.total_seconds() < 15


async def test_a_relay_that_died_on_the_way_leaves_its_facts_to_another_F4(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    await world.put(database, onboarding_id)
    async with database.transaction() as tx:
        assert len((await outbox.lease(tx, 10, LEASE)).rows) == 1
    assert await Relay(database, temporal).drain() == 0
    await world.pass_time(database, LEASE.total_seconds())
    assert await Relay(database, temporal).drain() == 1
    assert timedelta(seconds=15) > LEASE


async def test_a_relay_that_died_after_sending_sends_again_F4(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    await world.put(database, onboarding_id)

    async def dies() -> None:
        temporal.meanwhile = world.nothing
        raise asyncio.CancelledError

    temporal.meanwhile = dies
    with pytest.raises(asyncio.CancelledError):
        await Relay(database, temporal).drain()
    await world.pass_time(database, LEASE.total_seconds())
    assert await Relay(database, temporal).drain() == 1
    assert temporal.versions(onboarding_id) == [3, 3]


async def test_a_late_fact_says_that_the_onboarding_has_ended_F6(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    await world.put(database, onboarding_id)
    await platform_world.set_facts(database, onboarding_id, withdrawn_at=datetime.now(UTC))
    await Relay(database, temporal).drain()
    assert [ended for _, _, ended in temporal.signals] == [True]


async def test_a_mail_of_the_sign_in_page_starts_its_own_workflow_SEC14(database: Database) -> None:
    temporal, token_id = FakeTemporal(), uuid4()
    async with database.transaction() as tx:
        await outbox.put_account_mail(tx, token_id)
    assert await Relay(database, temporal).drain() == 1
    assert temporal.mails == [(f"account-mail-{token_id}", token_id)]


async def test_a_committed_fact_wakes_the_relay_at_once(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    async with running(database, temporal):
        await world.put(database, onboarding_id)
        await arrived(temporal, 1)
        await world.put(database, onboarding_id, 4)
        await arrived(temporal, 2)


async def test_facts_that_waited_while_no_relay_ran_leave_when_one_starts_F1(database: Database) -> None:
    temporal = FakeTemporal()
    await world.put(database, await world.onboarding(database))
    async with running(database, temporal):
        await arrived(temporal, 1)


async def test_a_fact_that_failed_is_tried_again_without_any_notification_F30(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    temporal.away = {f"onboarding-{onboarding_id}"}
    await world.put(database, onboarding_id)
    async with running(database, temporal):
        temporal.away = set()
        await arrived(temporal, 1)


async def test_a_relay_outlives_its_connections_F33(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await world.onboarding(database)
    async with running(database, temporal):
        (before,) = await listeners(database)
        async with database.transaction() as tx:
            await tx.execute(select(func.pg_terminate_backend(before)))
        await eventually(lambda: listeners(database), lambda found: found not in ([], [before]), "a new listener")
        await world.put(database, onboarding_id)
        await arrived(temporal, 1)
