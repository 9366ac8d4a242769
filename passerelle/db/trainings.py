"""Statements about training sessions and the seats in them (S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import Registration, TrainingSession
from passerelle.domain.errors import NotFound


@dataclass(frozen=True)
class Listed:
    """A training session and how many of its seats are taken."""

    session: TrainingSession
    taken: int


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended."""

    starts_at: datetime
    session_id: UUID


async def locked(tx: AsyncSession, session_id: UUID) -> TrainingSession:
    """The session, locked so that its seats are counted by one at a time. Raises NotFound."""
    statement = select(TrainingSession).where(TrainingSession.id == session_id).with_for_update(key_share=True)
    found = await tx.scalar(statement)
    if found is None:
        raise NotFound("training_session_not_found")
    return found


async def taken(tx: AsyncSession, session_id: UUID) -> int:
    """How many organizations have a seat."""
    statement = select(func.count()).where(Registration.training_session_id == session_id, _is_live())
    return await tx.scalar(statement) or 0


async def one(tx: AsyncSession, session_id: UUID) -> Listed:
    """Raises NotFound."""
    row = (await tx.execute(_listed().where(TrainingSession.id == session_id))).one_or_none()
    if row is None:
        raise NotFound("training_session_not_found")
    return Listed(*row)


async def page(tx: AsyncSession, after: Place | None, limit: int) -> Sequence[Listed]:
    """The latest start first."""
    statement = _listed().order_by(TrainingSession.starts_at.desc(), TrainingSession.id.desc()).limit(limit)
    if after:
        place = (after.starts_at, after.session_id)
        statement = statement.where(tuple_(TrainingSession.starts_at, TrainingSession.id) < place)
    return [Listed(*row) for row in await tx.execute(statement)]


async def live_registration(tx: AsyncSession, session_id: UUID, organization_id: UUID) -> Registration | None:
    """The seat that the organization already has in this session."""
    return await tx.scalar(
        select(Registration).where(
            Registration.training_session_id == session_id,
            Registration.organization_id == organization_id,
            _is_live(),
        )
    )


async def organization_of(tx: AsyncSession, session_id: UUID, registration_id: UUID) -> UUID:
    """Whose seat it is. Raises NotFound, also for a seat in another session."""
    found = await tx.scalar(
        select(Registration.organization_id).where(
            Registration.id == registration_id, Registration.training_session_id == session_id
        )
    )
    if found is None:
        raise NotFound("registration_not_found")
    return found


async def registration(tx: AsyncSession, registration_id: UUID) -> Registration:
    """A seat that exists, locked."""
    return await tx.get_one(Registration, registration_id, with_for_update=True)


async def seat(tx: AsyncSession, registration_id: UUID) -> Registration | None:
    """A seat by its id; None if there is none."""
    return await tx.get(Registration, registration_id)


async def has_seat(tx: AsyncSession, organization_id: UUID) -> bool:
    """S4: whether the organization has a seat in any session that was not called off."""
    statement = (
        select(Registration.id)
        .join(TrainingSession, TrainingSession.id == Registration.training_session_id)
        .where(Registration.organization_id == organization_id, _is_live(), TrainingSession.cancelled_at.is_(None))
    )
    return await tx.scalar(statement.limit(1)) is not None


def _is_live() -> ColumnElement[bool]:
    return Registration.cancelled_at.is_(None)


def _listed() -> Select[TrainingSession, int]:
    seats = (
        select(func.count()).where(Registration.training_session_id == TrainingSession.id, _is_live()).scalar_subquery()
    )
    return select(TrainingSession, seats)
