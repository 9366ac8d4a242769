"""What the reconciler looks at: recent changes first, then every live onboarding once in a while."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import Onboarding, OutboxRow
from passerelle.domain.stages import ENDS

LOCK = 7_264_912


async def may_run(tx: AsyncSession) -> bool:
    """Whether this worker reconciles now: one at a time, until the end of the transaction."""
    return bool(await tx.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


async def due(tx: AsyncSession, settled: timedelta, sweep: timedelta, limit: int) -> list[Onboarding]:
    """Onboardings to compare with Temporal, whose facts are not on their way there just now.

    `settled`: changed at least that long ago and not compared since; `sweep`: live and not compared for that
    long, which finds runs that got lost although nothing changed here.
    """
    changed = and_(text("checked_version < version"), Onboarding.changed_at < func.now() - settled)
    stale = and_(Onboarding.stage.not_in(ENDS), Onboarding.checked_at < func.now() - sweep)
    on_its_way = select(OutboxRow.id).where(OutboxRow.subject_id == Onboarding.id, OutboxRow.delivered_at.is_(None))
    statement = (
        select(Onboarding)
        .where(or_(changed, stale), ~exists(on_its_way))
        .order_by(Onboarding.checked_at.nulls_first(), Onboarding.changed_at)
        .limit(limit)
    )
    return list(await tx.scalars(statement))


async def checked(tx: AsyncSession, onboarding_id: UUID, version: int) -> None:
    """The onboarding was compared at this version of its facts."""
    await tx.execute(
        update(Onboarding).where(Onboarding.id == onboarding_id).values(checked_version=version, checked_at=func.now())
    )
