"""Statements about onboardings and their timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import AccessRequest, Onboarding, Organization, Person, Program, TimelineEntry
from passerelle.domain.errors import NotFound
from passerelle.domain.stages import ENDS, Facts, Stage, stage_of
from passerelle.domain.timeline import Entry


async def locked(tx: AsyncSession, onboarding_id: UUID) -> Onboarding:
    """The onboarding, locked until the end of the transaction. Raises NotFound."""
    found = await tx.scalar(select(Onboarding).where(Onboarding.id == onboarding_id).with_for_update())
    if found is None:
        raise NotFound("onboarding_not_found")
    return found


async def by_ids(tx: AsyncSession, onboarding_ids: Sequence[UUID]) -> dict[UUID, Onboarding]:
    """Those of the ids that are onboardings."""
    found = await tx.scalars(select(Onboarding).where(Onboarding.id.in_(onboarding_ids)))
    return {onboarding.id: onboarding for onboarding in found}


async def current_of_program(tx: AsyncSession, program_id: UUID) -> Onboarding | None:
    """The program's onboarding that is live or completed (D1); None when it may start one."""
    return await tx.scalar(
        select(Onboarding).where(
            Onboarding.program_id == program_id, Onboarding.stage.not_in((Stage.WITHDRAWN, Stage.LAPSED))
        )
    )


async def ids_of_organization(tx: AsyncSession, organization_id: UUID) -> list[UUID]:
    """The organization's onboardings that have not ended, oldest first."""
    statement = (
        select(Onboarding.id)
        .where(Onboarding.organization_id == organization_id, Onboarding.stage.not_in(ENDS))
        .order_by(Onboarding.created_at, Onboarding.id)
    )
    return list(await tx.scalars(statement))


async def blocking(tx: AsyncSession, blocked: UUID) -> Onboarding | None:
    """The onboarding whose live request blocks this organization or program (D1)."""
    return await tx.scalar(select(Onboarding).where(Onboarding.blocks == blocked))


def write(tx: AsyncSession, onboarding: Onboarding, facts: Facts, entry: Entry, at: datetime) -> None:
    """New facts, the stage they make, and the timeline entry that tells it, in one go."""
    onboarding.facts = facts
    onboarding.stage = stage_of(facts)
    onboarding.changed_at = at
    if onboarding.stage in ENDS:
        onboarding.blocks = None
    note(tx, onboarding, entry, at)


def note(tx: AsyncSession, onboarding: Onboarding, entry: Entry, at: datetime) -> None:
    """A timeline entry that changes no fact."""
    tx.add(
        TimelineEntry(
            onboarding_id=onboarding.id,
            at=at,
            event=entry.event,
            stage=onboarding.stage,
            actor_kind=entry.actor.kind,
            actor_name=entry.actor.name,
            details=entry.details,
            reason=entry.reason,
        )
    )


@dataclass(frozen=True)
class Case:
    """Everything a mail, a page or an answer says about one onboarding; the last two None before a request."""

    onboarding: Onboarding
    program: Program
    organization: Organization
    request: AccessRequest | None
    requester: Person | None


async def case(tx: AsyncSession, onboarding_id: UUID) -> Case:
    """One onboarding with all that belongs to it. Raises NotFound."""
    found = (await tx.execute(_cases().where(Onboarding.id == onboarding_id))).one_or_none()
    if found is None:
        raise NotFound("onboarding_not_found")
    return Case(*found)


async def cases(tx: AsyncSession, stage: Stage | None, after: UUID | None, limit: int) -> list[Case]:
    """A page of onboardings by id, after the given one, of one stage or of all."""
    statement = _cases().order_by(Onboarding.id).limit(limit)
    if stage:
        statement = statement.where(Onboarding.stage == stage)
    if after:
        statement = statement.where(Onboarding.id > after)
    return [Case(*row) for row in await tx.execute(statement)]


async def timeline(tx: AsyncSession, onboarding_id: UUID) -> list[TimelineEntry]:
    """All entries, oldest first."""
    statement = select(TimelineEntry).where(TimelineEntry.onboarding_id == onboarding_id).order_by(TimelineEntry.id)
    return list(await tx.scalars(statement))


async def set_run(tx: AsyncSession, onboarding_id: UUID, run_id: str) -> None:
    """Remember the Temporal run that carries the onboarding."""
    await tx.execute(
        update(Onboarding)
        .where(Onboarding.id == onboarding_id, Onboarding.run_id.is_distinct_from(run_id))
        .values(run_id=run_id)
    )


def _cases() -> Select[Onboarding, Program, Organization, AccessRequest, Person]:
    return (
        select(Onboarding, Program, Organization, AccessRequest, Person)
        .join(Program, Program.id == Onboarding.program_id)
        .join(Organization, Organization.id == Onboarding.organization_id)
        .outerjoin(AccessRequest, AccessRequest.onboarding_id == Onboarding.id)
        .outerjoin(Person, Person.id == AccessRequest.requester_id)
    )
