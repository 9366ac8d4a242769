"""What the pages of the embedded platform show: programs, their logos, the training that follows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import (
    AccessRequest,
    Logo,
    Membership,
    Onboarding,
    Organization,
    Registration,
    TrainingSession,
)


@dataclass(frozen=True)
class PresentedProgram:
    """A program as its people see it: the title pinned at the request (F43), its organization, perhaps a logo."""

    onboarding_id: UUID
    title: str
    organization_fr: str
    organization_en: str
    logo_id: UUID | None
    active_since: datetime | None


@dataclass(frozen=True)
class Training:
    """A training session to come. `starts_at` is aware; `time_zone` an IANA name."""

    title: str
    starts_at: datetime
    time_zone: str


async def program(tx: AsyncSession, onboarding_id: UUID) -> PresentedProgram:
    """The program of an onboarding that has a request."""
    statement = (
        select(AccessRequest, Organization)
        .join(Onboarding, Onboarding.id == AccessRequest.onboarding_id)
        .join(Organization, Organization.id == Onboarding.organization_id)
        .where(AccessRequest.onboarding_id == onboarding_id)
    )
    request, organization = (await tx.execute(statement)).one()
    return _presented(request, organization, None)


async def programs_of(tx: AsyncSession, account_id: UUID) -> list[PresentedProgram]:
    """The programs whose administrator the account is, the newest first."""
    statement = (
        select(AccessRequest, Organization, Membership.active_since)
        .join(Onboarding, Onboarding.id == AccessRequest.onboarding_id)
        .join(Organization, Organization.id == Onboarding.organization_id)
        .join(Membership, Membership.onboarding_id == Onboarding.id)
        .where(Membership.account_id == account_id, Membership.active_since.is_not(None))
        .order_by(Membership.active_since.desc(), Membership.id)
    )
    return [_presented(*row) for row in await tx.execute(statement)]


async def next_training(tx: AsyncSession, account_id: UUID) -> Training | None:
    """S43: the first session to come for which one of the account's organizations is registered."""
    statement = (
        select(TrainingSession)
        .join(Registration, Registration.training_session_id == TrainingSession.id)
        .join(Onboarding, Onboarding.organization_id == Registration.organization_id)
        .join(Membership, Membership.onboarding_id == Onboarding.id)
        .where(
            Membership.account_id == account_id,
            Registration.cancelled_at.is_(None),
            TrainingSession.cancelled_at.is_(None),
            TrainingSession.starts_at > func.now(),
        )
        .order_by(TrainingSession.starts_at)
        .limit(1)
    )
    found = await tx.scalar(statement)
    return Training(found.title, found.starts_at, found.time_zone) if found is not None else None


async def logo_name(tx: AsyncSession, logo_id: UUID) -> str | None:
    """The stored file's name, a SHA-256 in hexadecimal."""
    return await tx.scalar(select(Logo.sha256).where(Logo.id == logo_id))


def _presented(request: AccessRequest, organization: Organization, active_since: datetime | None) -> PresentedProgram:
    return PresentedProgram(
        onboarding_id=request.onboarding_id,
        title=request.program_title,
        organization_fr=organization.name_fr,
        organization_en=organization.name_en,
        logo_id=request.logo_id,
        active_since=active_since,
    )
