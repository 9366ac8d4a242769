"""Nothing grows for ever: what has served its purpose is swept away, what has not stays."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from passerelle.db import housekeeping
from passerelle.db.database import Database
from passerelle.db.tables import ApiKey, Base, IdempotencyRow, OutboxRow
from tests import platform_world

NOW = datetime.now(UTC)
LONG_AGO = NOW - housekeeping.KEPT - timedelta(hours=1)
RECENTLY = NOW - housekeeping.KEPT + timedelta(hours=1)


async def count(database: Database, table: type[Base]) -> int:
    async with database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


async def swept(database: Database) -> dict[str, int]:
    async with database.transaction() as tx:
        return await housekeeping.sweep(tx)


@pytest.mark.parametrize(("written", "gone"), [(LONG_AGO, 1), (RECENTLY, 0)])
async def test_answers_are_kept_for_a_week_F3(database: Database, written: datetime, gone: int) -> None:
    key = uuid4()
    async with database.transaction() as tx:
        tx.add(ApiKey(id=key, prefix="p", digest=b"d", name="n", scopes=[]))
        await tx.flush()
        tx.add(
            IdempotencyRow(
                api_key_id=key, key="k", request_digest=b"", status=200, body=b"", headers={}, created_at=written
            )
        )
    assert (await swept(database))["idempotency"] == gone
    assert await count(database, IdempotencyRow) == 1 - gone


@pytest.mark.parametrize(("delivered", "gone"), [(LONG_AGO, 1), (RECENTLY, 0), (None, 0)])
async def test_delivered_facts_are_kept_for_a_week_and_waiting_ones_for_ever(
    database: Database, delivered: datetime | None, gone: int
) -> None:
    onboarding_id = await platform_world.requested(database)
    async with database.transaction() as tx:
        tx.add(
            OutboxRow(
                workflow_id="w",
                subject_id=onboarding_id,
                signal="started",
                facts={},
                created_at=LONG_AGO,
                delivered_at=delivered,
            )
        )
    assert (await swept(database))["outbox"] == gone
    assert await count(database, OutboxRow) == 1 - gone
