"""Whose records a database holds: asked before demo records are added to it."""

from enum import Enum, auto

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import ApiKey, Organization, Person, TrainingSession

# Two runs at once must not both find the database empty.
LOCK = 7_264_913


class Standing(Enum):
    """What there is: nothing yet, the demo records (and what people did with them since), or somebody's own."""

    EMPTY = auto()
    DEMO = auto()
    OTHERS = auto()


async def standing(tx: AsyncSession, demo_address: str) -> Standing:
    """Whose records these are, the same until the end of the transaction; `demo_address` tells the demo's."""
    await tx.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if await tx.scalar(select(Person.id).where(Person.email == demo_address)):
        return Standing.DEMO
    roots = (Person, Organization, TrainingSession, ApiKey)
    is_used = await tx.scalar(select(or_(*(select(table.id).exists() for table in roots))))
    return Standing.OTHERS if is_used else Standing.EMPTY
