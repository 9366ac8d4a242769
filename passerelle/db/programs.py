"""Statements about programs (S9-S13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import Onboarding, Organization, Program
from passerelle.domain.errors import NotFound
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.stages import Stage


@dataclass(frozen=True)
class Listed:
    """A row of the list: the program, its organization, and its live or completed onboarding if there is one."""

    program: Program
    organization: Organization
    onboarding: Onboarding | None


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended."""

    created_at: datetime
    program_id: UUID


async def one(tx: AsyncSession, program_id: UUID) -> Listed:
    """Raises NotFound."""
    row = (await tx.execute(_listed().where(Program.id == program_id))).one_or_none()
    if row is None:
        raise NotFound("program_not_found")
    return Listed(*row)


async def locked(tx: AsyncSession, program_id: UUID) -> Program | None:
    """The program, locked until the end of the transaction; None if there is none."""
    return await tx.scalar(select(Program).where(Program.id == program_id).with_for_update(key_share=True))


async def organization_of(tx: AsyncSession, program_id: UUID) -> UUID | None:
    return await tx.scalar(select(Program.organization_id).where(Program.id == program_id))


async def page(tx: AsyncSession, status: ReviewStatus | None, after: Place | None, limit: int) -> Sequence[Listed]:
    """The newest first, from after the given place, of one status or of all."""
    statement = _listed().order_by(Program.created_at.desc(), Program.id.desc()).limit(limit)
    if status:
        statement = statement.where(Program.status == status)
    if after:
        statement = statement.where(tuple_(Program.created_at, Program.id) < (after.created_at, after.program_id))
    return [Listed(*row) for row in await tx.execute(statement)]


async def count(tx: AsyncSession, status: ReviewStatus | None) -> int:
    """S9: the total in « Programmes (3) »."""
    statement = select(func.count()).select_from(Program)
    if status:
        statement = statement.where(Program.status == status)
    return await tx.scalar(statement) or 0


def _listed() -> Select[Program, Organization, Onboarding]:
    current = (Onboarding.program_id == Program.id) & Onboarding.stage.not_in((Stage.WITHDRAWN, Stage.LAPSED))
    return (
        select(Program, Organization, Onboarding)
        .join(Organization, Organization.id == Program.organization_id)
        .outerjoin(Onboarding, current)
    )
