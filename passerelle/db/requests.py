"""Statements about access requests (S1, S17-S27)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from passerelle.db import people
from passerelle.db.tables import AccessRequest, Invitation, Onboarding, Organization, Person, Program, TimelineEntry
from passerelle.domain.errors import NotFound
from passerelle.domain.timeline import Event

ONE_LIVE_REQUEST = "uq_onboardings_blocks"

_Standing = Select[Onboarding, Program, Organization, Person, bool, UUID | None]


@dataclass(frozen=True)
class Standing:
    """What a request is judged by, read in one statement with the onboarding locked."""

    onboarding: Onboarding
    program: Program
    organization: Organization
    requester: Person | None
    may_request: bool
    """S1: the requester is an admin of the program or of its organization."""
    blocked_by: UUID | None
    """S27: the onboarding whose live request is in the way."""


async def standing(tx: AsyncSession, onboarding_id: UUID, requester: str | None, scope: str) -> Standing:
    """`requester` is an address or an id, None for nobody; `scope` is D1's setting. Raises NotFound."""
    person = None if requester is None else people.id_or_address(requester)
    statement = _standing(scope, isinstance(person, UUID))
    row = (await tx.execute(statement, {"onboarding": onboarding_id, "person": person})).one_or_none()
    if row is None:
        raise NotFound("onboarding_not_found")
    return Standing(*row)


@cache
def _standing(scope: str, by_id: bool) -> _Standing:
    """Made once: putting this statement together takes longer than running it."""
    blocker = aliased(Onboarding)
    blocked = Onboarding.organization_id if scope == "organization" else Onboarding.program_id
    known_as = Person.id if by_id else Person.email
    return (
        select(
            Onboarding,
            Program,
            Organization,
            Person,
            people.administers(Person.id, Onboarding.organization_id, Onboarding.program_id),
            select(blocker.id).where(blocker.blocks == blocked).scalar_subquery(),
        )
        .join(Program, Program.id == Onboarding.program_id)
        .join(Organization, Organization.id == Onboarding.organization_id)
        .outerjoin(Person, known_as == bindparam("person"))
        .where(Onboarding.id == bindparam("onboarding"))
        .with_for_update(of=Onboarding)
    )


async def put(tx: AsyncSession, request: AccessRequest) -> bool:
    """Write the request and all that changed with it; False, and the transaction lost, when another blocks it."""
    tx.add(request)
    try:
        await tx.flush()
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == ONE_LIVE_REQUEST:
            return False
        raise
    return True


async def locked(tx: AsyncSession, onboarding_id: UUID) -> AccessRequest:
    """The onboarding's request, locked. Raises NotFound when there is none."""
    found = await tx.get(AccessRequest, onboarding_id, with_for_update=True)
    if found is None:
        raise NotFound("access_request_not_found")
    return found


async def signed_in_at(tx: AsyncSession, onboarding: Onboarding) -> datetime | None:
    """When the designated person last signed in with the present credential; None if that has not happened."""
    latest = select(func.max(TimelineEntry.at)).where(
        TimelineEntry.onboarding_id == onboarding.id,
        TimelineEntry.event == Event.SIGNED_IN,
        TimelineEntry.details["generation"].as_integer() == onboarding.facts.generation,
    )
    return await tx.scalar(latest)


async def revoke_older_invitations(tx: AsyncSession, onboarding_id: UUID, generation: int) -> None:
    """D3: links and credentials of the generations before this one are dead from this commit on."""
    await tx.execute(
        update(Invitation)
        .where(
            Invitation.onboarding_id == onboarding_id,
            Invitation.generation < generation,
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )
