"""Database and Temporal are compared, and a run that missed something is brought back (F22, F48, F49, I5)."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from passerelle.db import reconciliation
from passerelle.db.database import Database
from passerelle.db.serialization import facts_from_json
from passerelle.db.tables import Onboarding, OutboxRow
from passerelle.delivery import reconciler
from passerelle.delivery.reconciler import SETTLED, SWEEP, Reconciler
from passerelle.domain.signals import Signal
from passerelle.orchestration import Run, Unavailable
from tests import platform_world
from tests.delivery import world
from tests.delivery.world import FakeTemporal
from tests.workflows.world import eventually

EQUAL = Run("run-1", is_running=True, stage="provisioning")
AN_HOUR = timedelta(hours=1)


async def settled(database: Database, *, seconds: float = 60, **facts: object) -> UUID:
    """An onboarding in `provisioning` (or what the facts make of it), changed that long ago."""
    onboarding_id = await world.onboarding(database)
    await platform_world.set_facts(database, onboarding_id, **facts)
    changed_at = datetime.now(UTC) - timedelta(seconds=seconds)
    async with database.transaction() as tx:
        await tx.execute(update(Onboarding).where(Onboarding.id == onboarding_id).values(changed_at=changed_at))
    return onboarding_id


async def reconciled(database: Database, temporal: FakeTemporal) -> dict[str, int]:
    return dict(await Reconciler(database, temporal).reconcile())


async def test_a_run_that_is_equal_is_left_alone_and_not_looked_at_again(database: Database) -> None:
    onboarding_id = await settled(database)
    temporal = FakeTemporal(runs={onboarding_id: EQUAL})
    assert await reconciled(database, temporal) == {"equal": 1}
    assert await reconciled(database, temporal) == {}
    assert await world.rows(database) == []


@pytest.mark.parametrize(
    "run",
    [
        None,
        Run("run-1", is_running=False, stage="provisioning"),
        Run("run-1", is_running=True, stage="awaiting_request"),
        Run("run-1", is_running=True, stage=None),
    ],
)
async def test_a_run_that_is_lost_closed_or_behind_gets_the_facts_again_F22_F48(
    database: Database, run: Run | None
) -> None:
    onboarding_id = await settled(database)
    temporal = FakeTemporal(runs={onboarding_id: run} if run else {})
    assert await reconciled(database, temporal) == {"restored": 1}
    (row,) = await world.pending(database)
    assert (row.workflow_id, row.signal) == (f"onboarding-{onboarding_id}", Signal.RESTORED)
    async with database.transaction() as tx:
        assert facts_from_json(row.facts) == (await world.row_of(tx, onboarding_id)).facts


@pytest.mark.parametrize(
    ("run", "outcome"),
    [
        (None, "equal"),
        (Run("run-1", is_running=False, stage="withdrawn"), "equal"),
        (Run("run-1", is_running=True, stage="withdrawn"), "equal"),
        (Run("run-1", is_running=True, stage="provisioning"), "restored"),
        (Run("run-1", is_running=False, stage="provisioning"), "restored"),
    ],
)
async def test_an_ended_onboarding_needs_no_run_F49(database: Database, run: Run | None, outcome: str) -> None:
    onboarding_id = await settled(database, withdrawn_at=datetime.now(UTC))
    temporal = FakeTemporal(runs={onboarding_id: run} if run else {})
    assert await reconciled(database, temporal) == {outcome: 1}


async def test_what_has_just_changed_is_given_time(database: Database) -> None:
    temporal = FakeTemporal()
    await settled(database, seconds=SETTLED.total_seconds() - 10)
    assert await reconciled(database, temporal) == {}
    await settled(database, seconds=SETTLED.total_seconds() + 10)
    assert await reconciled(database, temporal) == {"restored": 1}


async def test_what_is_on_its_way_to_temporal_is_not_compared(database: Database) -> None:
    temporal, onboarding_id = FakeTemporal(), await settled(database)
    await world.put(database, onboarding_id)
    assert await reconciled(database, temporal) == {}
    async with database.transaction() as tx:
        await tx.execute(update(OutboxRow).values(delivered_at=datetime.now(UTC)))
    assert await reconciled(database, temporal) == {"restored": 1}


async def test_a_new_change_is_compared_again(database: Database) -> None:
    onboarding_id = await settled(database)
    temporal = FakeTemporal(runs={onboarding_id: EQUAL})
    await reconciled(database, temporal)
    await platform_world.set_facts(database, onboarding_id, version=4)
    assert await reconciled(database, temporal) == {"equal": 1}


async def test_every_live_onboarding_is_compared_once_in_a_while_F48(database: Database) -> None:
    live, ended = await settled(database), await settled(database, withdrawn_at=datetime.now(UTC))
    temporal = FakeTemporal(runs={live: EQUAL})
    await reconciled(database, temporal)
    temporal.inspected.clear()
    temporal.runs = {}
    async with database.transaction() as tx:
        await tx.execute(update(Onboarding).values(checked_at=datetime.now(UTC) - SWEEP - timedelta(seconds=1)))
    assert await reconciled(database, temporal) == {"restored": 1}
    assert temporal.inspected == [live]
    assert ended not in temporal.inspected


async def test_more_than_one_batch_is_compared_at_once_so_that_none_waits_behind_new_ones_F22(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "BATCH", 2)
    for _ in range(5):
        await settled(database)
    assert await reconciled(database, FakeTemporal()) == {"restored": 5}


async def test_only_one_worker_reconciles_at_a_time(database: Database) -> None:
    temporal = FakeTemporal()
    await settled(database)
    async with database.transaction() as tx:
        assert await reconciliation.may_run(tx)
        assert await reconciled(database, temporal) == {}
    assert await reconciled(database, temporal) == {"restored": 1}


async def test_temporal_away_changes_nothing_and_everything_is_compared_later_F30(database: Database) -> None:
    first, second = await settled(database), await settled(database)
    temporal = FakeTemporal(away={f"onboarding-{second}"}, runs={first: EQUAL, second: EQUAL})
    with pytest.raises(Unavailable):
        await Reconciler(database, temporal).reconcile()
    assert await world.rows(database) == []
    temporal.away = set()
    assert await reconciled(database, temporal) == {"equal": 2}


async def test_nobody_waits_for_temporal_while_onboardings_are_compared_F2(database: Database) -> None:
    for _ in range(3):
        await settled(database)

    async def no_row_is_locked() -> None:
        async with database.transaction() as other:
            await other.execute(select(Onboarding).with_for_update(nowait=True))

    temporal = FakeTemporal(meanwhile=no_row_is_locked)
    assert await reconciled(database, temporal) == {"restored": 3}


async def test_it_goes_on_after_temporal_or_the_database_were_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "EVERY_SECONDS", 0.01)
    onboarding_id = await settled(database)
    temporal = FakeTemporal(away={f"onboarding-{onboarding_id}"})
    failures = 0

    async def fails_in_two_ways() -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            async with database.transaction() as tx:
                await tx.execute(text("SELECT 1 / 0"))
        if failures > 2:
            temporal.away = set()

    temporal.meanwhile = fails_in_two_ways
    task = asyncio.create_task(Reconciler(database, temporal).run())
    await eventually(lambda: world.pending(database), bool, "the restored facts")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert failures >= 3
