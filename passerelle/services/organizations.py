"""Organizations are submitted, and the operator decides on them (S2, T1, T2)."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import organizations, people
from passerelle.db.tables import Organization, Program
from passerelle.domain.errors import NotFound
from passerelle.domain.gates import ReviewStatus
from passerelle.services.fields import (
    ContactName,
    EmailAddress,
    Form,
    LanguageOfChoice,
    OptionalPhone,
    OptionalTitle,
    PersonName,
    Reason,
    either_or_both_with,
)

MAXIMUM_ADMINS = 50


class PersonForm(Form):
    """An admin of an organization or program, known by the e-mail address (S1)."""

    first_name: PersonName
    last_name: PersonName
    email: EmailAddress
    phone: OptionalPhone = ""
    language: LanguageOfChoice = "fr"


Admins = Annotated[tuple[PersonForm, ...], Field(max_length=MAXIMUM_ADMINS)]


class OrganizationForm(Form):
    """A submitted organization; its name in French, in English, or both (S15)."""

    name_fr: OptionalTitle = ""
    name_en: Annotated[OptionalTitle, either_or_both_with("name_fr")] = ""
    contact_name: ContactName = ""
    admins: Admins = ()


class ReviewForm(Form):
    """The operator's decision on an organization or program."""

    decision: Literal["approved", "declined", "paused"] = "approved"
    reason: Reason = ""


async def submit(tx: AsyncSession, form: OrganizationForm) -> Organization:
    """A new organization, waiting for the operator; its admins are made where they are new."""
    organization = Organization(
        name_fr=form.name_fr,
        name_en=form.name_en,
        contact_name=form.contact_name,
        status=ReviewStatus.SUBMITTED,
        review_reason="",
    )
    tx.add(organization)
    await tx.flush()
    people.administer_organization(tx, organization.id, await people.ensure(tx, rows(form.admins)))
    await tx.flush()
    return organization


async def review(tx: AsyncSession, organization_id: UUID, form: ReviewForm) -> Organization:
    """Decide on the organization; the same decision again changes nothing. Raises NotFound."""
    organization = await organizations.locked(tx, organization_id)
    if organization is None:
        raise NotFound("organization_not_found")
    decide(organization, form)
    await tx.flush()
    return organization


def decide(reviewed: Organization | Program, form: ReviewForm) -> bool:
    """Write the decision; whether it is another one than before."""
    status = ReviewStatus(form.decision)
    is_new = reviewed.status is not status
    if is_new or reviewed.review_reason != form.reason:
        reviewed.status = status
        reviewed.review_reason = form.reason
        reviewed.reviewed_at = datetime.now(UTC)
    return is_new


def rows(admins: Admins) -> list[dict[str, str]]:
    """The admins as columns of `people`, each address once."""
    return list({admin.email: admin.model_dump() for admin in admins}.values())
