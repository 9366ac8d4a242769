"""Compares database and Temporal and brings a run that missed something back to the facts (F22, F48)."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from passerelle.db import outbox, reconciliation
from passerelle.db.database import Database
from passerelle.db.tables import Onboarding
from passerelle.domain.signals import Signal
from passerelle.domain.stages import ENDS
from passerelle.orchestration import Run, Unavailable

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
SETTLED = timedelta(seconds=30)
SWEEP = timedelta(hours=1)
BATCH = 200


class Inspector(Protocol):
    """What the reconciler needs of Temporal (passerelle.orchestration)."""

    async def inspect(self, onboarding_id: UUID) -> Run | None: ...


class Reconciler:
    """One at a time over all workers. It repairs by sending the facts again, which is always harmless."""

    def __init__(self, database: Database, inspector: Inspector, *, settled: timedelta = SETTLED) -> None:
        self._database = database
        self._inspector = inspector
        self._settled = settled

    async def run(self) -> None:
        """Every minute until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                found = await self.reconcile()
            except (Unavailable, SQLAlchemyError, OSError) as error:
                log.warning("not reconciled", error=type(error).__name__)
            else:
                log.info("reconciled", **found)

    async def reconcile(self) -> Counter[str]:
        """Compare all that is due; how many were `equal` and how many `restored`. Raises Unavailable."""
        found = last = await self._reconcile_batch()
        while last.total() == BATCH:
            last = await self._reconcile_batch()
            found += last
        return found

    async def _reconcile_batch(self) -> Counter[str]:
        found: Counter[str] = Counter()
        async with self._database.transaction() as tx:
            if not await reconciliation.may_run(tx):
                return found
            due = await reconciliation.due(tx, self._settled, SWEEP, BATCH)
            # All are asked before any row is written: nobody's change may wait for Temporal (F2).
            runs = [await self._inspector.inspect(onboarding.id) for onboarding in due]
            for onboarding, run in zip(due, runs, strict=True):
                if is_equal(onboarding, run):
                    found["equal"] += 1
                else:
                    found["restored"] += 1
                    await outbox.put_fact(tx, onboarding.id, Signal.RESTORED, onboarding.facts)
                await reconciliation.checked(tx, onboarding.id, onboarding.facts.version)
        return found


def is_equal(onboarding: Onboarding, run: Run | None) -> bool:
    """Whether Temporal carries the onboarding as the database has it, or has brought it to this very end."""
    has_ended = onboarding.stage in ENDS
    if run is None:
        return has_ended
    # A run that was closed by hand stands at an earlier stage than the onboarding that has ended since.
    return run.stage == onboarding.stage and (run.is_running or has_ended)
