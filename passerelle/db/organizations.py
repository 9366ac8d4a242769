"""Statements about organizations."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import Organization
from passerelle.domain.errors import NotFound


async def one(tx: AsyncSession, organization_id: UUID) -> Organization:
    """Raises NotFound."""
    found = await tx.get(Organization, organization_id)
    if found is None:
        raise NotFound("organization_not_found")
    return found


async def locked(tx: AsyncSession, organization_id: UUID) -> Organization | None:
    """The organization, until the end of the transaction the only one's to decide on; None if there is none.

    Whoever changes its seats or starts an onboarding takes this lock first, so that the training gate and
    the seats cannot drift apart. Rows that merely point to the organization do not wait for it.
    """
    statement = select(Organization).where(Organization.id == organization_id).with_for_update(key_share=True)
    return await tx.scalar(statement)
