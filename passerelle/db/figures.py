"""Statements that count, for monitoring."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import MailRow, Onboarding
from passerelle.domain.stages import Stage


async def answers(tx: AsyncSession) -> bool:
    """A real question to the database."""
    return await tx.scalar(select(1)) == 1


async def by_stage(tx: AsyncSession) -> dict[Stage, int]:
    """How many onboardings are in each stage, those without any included."""
    statement = select(Onboarding.stage, func.count()).group_by(Onboarding.stage)
    found = {row[0]: row[1] for row in await tx.execute(statement)}
    return {stage: found.get(stage, 0) for stage in Stage}


async def mails_by_state(tx: AsyncSession) -> dict[str, int]:
    """How many mails are in each state of the ledger."""
    rows = await tx.execute(select(MailRow.state, func.count()).group_by(MailRow.state))
    return {row[0]: row[1] for row in rows}
