"""What the API answers with: only these fields, never a row as it is (SEC29). Times are RFC 3339 in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from passerelle.db import programs, trainings
from passerelle.db.tables import Organization, Registration
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.stages import Stage
from passerelle.services.paging import Page

_Item = TypeVar("_Item")

Utc = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC)), Field(examples=["2026-11-22T19:30:00Z"])]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class Listed(Body, Generic[_Item]):
    """A page of a list; `next_cursor` is null on the last."""

    items: Sequence[_Item]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Page[object], items: Sequence[_Item]) -> "Listed[_Item]":
        return cls(items=items, next_cursor=page.next_cursor)


class OrganizationAnswer(Body):
    id: UUID
    name_fr: str
    name_en: str
    contact_name: str
    status: ReviewStatus
    reviewed_at: Utc | None
    review_reason: str
    created_at: Utc

    @classmethod
    def of(cls, organization: Organization) -> "OrganizationAnswer":
        return cls(
            id=organization.id,
            name_fr=organization.name_fr,
            name_en=organization.name_en,
            contact_name=organization.contact_name,
            status=organization.status,
            reviewed_at=organization.reviewed_at,
            review_reason=organization.review_reason,
            created_at=organization.created_at,
        )


class OrganizationBrief(Body):
    id: UUID
    name_fr: str
    name_en: str

    @classmethod
    def of(cls, organization: Organization) -> "OrganizationBrief":
        return cls(id=organization.id, name_fr=organization.name_fr, name_en=organization.name_en)


class OnboardingBrief(Body):
    id: UUID
    stage: Stage


class ProgramAnswer(Body):
    """S10, in this order: name, organization, contact, status, response level, created."""

    id: UUID
    title_fr: str
    title_en: str
    organization: OrganizationBrief
    contact_name: str
    status: ReviewStatus
    response_level: int
    created_at: Utc
    reviewed_at: Utc | None
    review_reason: str
    onboarding: OnboardingBrief | None

    @classmethod
    def of(cls, listed: programs.Listed) -> "ProgramAnswer":
        program, onboarding = listed.program, listed.onboarding
        return cls(
            id=program.id,
            title_fr=program.title_fr,
            title_en=program.title_en,
            organization=OrganizationBrief.of(listed.organization),
            contact_name=program.contact_name,
            status=program.status,
            response_level=program.response_level,
            created_at=program.created_at,
            reviewed_at=program.reviewed_at,
            review_reason=program.review_reason,
            onboarding=OnboardingBrief(id=onboarding.id, stage=onboarding.stage) if onboarding else None,
        )


class ProgramsAnswer(Listed[ProgramAnswer]):
    """`total` counts all programs of that status (S9)."""

    total: int


class TrainingSessionAnswer(Body):
    id: UUID
    title: str
    language: str
    starts_at: Utc
    time_zone: str
    length_minutes: int
    seats: int
    seats_taken: int
    meeting_link: str
    cancelled_at: Utc | None

    @classmethod
    def of(cls, listed: trainings.Listed) -> "TrainingSessionAnswer":
        session = listed.session
        return cls(
            id=session.id,
            title=session.title,
            language=session.language,
            starts_at=session.starts_at,
            time_zone=session.time_zone,
            length_minutes=session.length_minutes,
            seats=session.seats,
            seats_taken=listed.taken,
            meeting_link=session.meeting_link,
            cancelled_at=session.cancelled_at,
        )


class RegistrationAnswer(Body):
    id: UUID
    training_session_id: UUID
    organization_id: UUID
    created_at: Utc

    @classmethod
    def of(cls, seat: Registration) -> "RegistrationAnswer":
        return cls(
            id=seat.id,
            training_session_id=seat.training_session_id,
            organization_id=seat.organization_id,
            created_at=seat.created_at,
        )
