"""Brings the outbox to Temporal: woken by NOTIFY, in order per workflow, at least once (F1, F4)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from passerelle.db import onboardings, outbox
from passerelle.db.database import Database
from passerelle.db.outbox import Lease, Leased
from passerelle.db.serialization import durations_from_json, facts_from_json
from passerelle.domain.signals import Signal
from passerelle.domain.stages import ENDS
from passerelle.orchestration import Unavailable
from workflows.messages import OnboardingInput

log = structlog.get_logger(__name__)

BATCH = 100
# A relay that dies keeps its rows to itself for this long: below the 15 s in which work must go on.
LEASE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=5)
# NOTIFY wakes the relay; this only covers a notification lost with a connection.
IDLE_SECONDS = 15.0


class Door(Protocol):
    """What the relay needs of Temporal (passerelle.orchestration)."""

    async def signal(self, workflow_id: str, start: OnboardingInput, signal: Signal, *, ended: bool) -> str | None: ...

    async def send_account_mail(self, workflow_id: str, token_id: UUID) -> None: ...


class Relay:
    """Any number may run at once: a row is leased to one of them, and only a workflow's first row is due."""

    def __init__(self, database: Database, door: Door) -> None:
        self._database = database
        self._door = door
        self._seconds_until_due: float | None = None

    async def run(self) -> None:
        """Until cancelled. Survives a database that goes away and comes back."""
        while True:
            try:
                await self._listen_and_drain()
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                log.warning("relay waits for the database", error=type(error).__name__)
                await asyncio.sleep(1)

    async def drain(self) -> int:
        """Deliver until nothing is due; how many rows were delivered."""
        count, lease = 0, await self._lease()
        while lease.rows:
            outcomes = await asyncio.gather(*map(self._deliver, lease.rows))
            delivered = [row.id for row, ok in zip(lease.rows, outcomes, strict=True) if ok]
            count += len(delivered)
            lease = await self._lease(delivered)
        self._seconds_until_due = lease.seconds_until_due
        return count

    async def _listen_and_drain(self) -> None:
        url = self._database.url.replace("+psycopg", "", 1)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as listener:
            await listener.execute(f"LISTEN {outbox.CHANNEL}")
            while True:
                await self.drain()
                await _notified(listener, self._pause())

    async def _lease(self, delivered: Sequence[int] = ()) -> Lease:
        async with self._database.transaction() as tx:
            return await outbox.lease(tx, BATCH, LEASE, delivered)

    async def _deliver(self, row: Leased) -> bool:
        try:
            await self._send(row)
        except (Unavailable, ValueError) as error:
            # ValueError is a row that cannot be read: it stops neither the others nor the worker (F47).
            pause = min(timedelta(seconds=0.5 * 2 ** min(row.tries, 5)), LONGEST_PAUSE)
            async with self._database.transaction() as tx:
                await outbox.failed(tx, row.id, type(error.__cause__ or error).__name__, pause)
            return False
        return True

    async def _send(self, row: Leased) -> None:
        if row.durations is None:
            await self._door.send_account_mail(row.workflow_id, row.subject_id)
            return
        start = OnboardingInput(row.subject_id, facts_from_json(row.facts), durations_from_json(row.durations))
        run_id = await self._door.signal(row.workflow_id, start, Signal(row.signal), ended=row.stage in ENDS)
        if run_id and run_id != row.run_id:
            async with self._database.transaction() as tx:
                await onboardings.set_run(tx, row.subject_id, run_id)

    def _pause(self) -> float:
        """Seconds for which to wait for a notification."""
        due = self._seconds_until_due
        return IDLE_SECONDS if due is None else min(max(due, 0.05), IDLE_SECONDS)


async def _notified(listener: psycopg.AsyncConnection[tuple[object, ...]], seconds: float) -> None:
    """Until a notification, or the given time."""
    with suppress(StopAsyncIteration):
        await anext(listener.notifies(timeout=seconds, stop_after=1))
