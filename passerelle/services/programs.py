"""Programs are submitted, listed and decided on; an approval starts the onboarding (S3, S9-S13, L1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import organizations, people, programs
from passerelle.db.programs import Listed, Place
from passerelle.db.tables import Program
from passerelle.domain.errors import Invalid, NotFound
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.timeline import Actor
from passerelle.services import onboardings
from passerelle.services.faults import Code
from passerelle.services.fields import ContactName, Form, OptionalTitle, either_or_both_with
from passerelle.services.organizations import Admins, ReviewForm, decide, rows
from passerelle.services.paging import Page, cursor_of, place_in
from passerelle.settings import Settings


class ProgramForm(Form):
    """A submitted program; its title in French, in English, or both (S15)."""

    organization_id: UUID
    title_fr: OptionalTitle = ""
    title_en: Annotated[OptionalTitle, either_or_both_with("title_fr")] = ""
    contact_name: ContactName = ""
    response_level: Annotated[int, Field(ge=1, le=4, examples=[1])] = 1
    admins: Admins = ()


@dataclass(frozen=True)
class Listing:
    """A page of the list and how many programs there are in all (S9)."""

    page: Page[Listed]
    total: int


async def submit(tx: AsyncSession, form: ProgramForm) -> Listed:
    """A new program, waiting for the operator. Raises Invalid for an organization that does not exist."""
    organization = await organizations.locked(tx, form.organization_id)
    if organization is None:
        raise Invalid({"organization_id": [Code.NOT_FOUND]})
    program = Program(
        organization_id=organization.id,
        title_fr=form.title_fr,
        title_en=form.title_en,
        contact_name=form.contact_name,
        response_level=form.response_level,
        status=ReviewStatus.SUBMITTED,
        review_reason="",
    )
    tx.add(program)
    await tx.flush()
    people.administer_program(tx, program.id, await people.ensure(tx, rows(form.admins)))
    await tx.flush()
    return Listed(program, organization, None)


async def review(tx: AsyncSession, settings: Settings, program_id: UUID, form: ReviewForm, actor: Actor) -> Listed:
    """Decide on the program; becoming approved starts its onboarding in the same transaction (L1).

    Raises NotFound.
    """
    organization_id = await programs.organization_of(tx, program_id)
    organization = await organizations.locked(tx, organization_id) if organization_id else None
    program = await programs.locked(tx, program_id)
    if program is None or organization is None:
        raise NotFound("program_not_found")
    is_new = decide(program, form)
    await tx.flush()
    if is_new and program.status is ReviewStatus.APPROVED:
        await onboardings.start(tx, settings, program_id, actor)
    return await programs.one(tx, program_id)


async def listing(tx: AsyncSession, status: ReviewStatus | None, cursor: str, limit: int) -> Listing:
    """The newest first. Raises Invalid for a cursor that is not ours."""
    after = Place(*place_in(cursor, datetime.fromisoformat, UUID)) if cursor else None
    found = await programs.page(tx, status, after, limit + 1)
    page = Page.of(found, limit, lambda row: cursor_of(row.program.created_at.isoformat(), row.program.id))
    return Listing(page, await programs.count(tx, status))
