"""Onboardings are started, once per program (L1), and looked at."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import onboardings, organizations, outbox, programs, trainings
from passerelle.db.onboardings import Case
from passerelle.db.serialization import durations_to_json
from passerelle.db.tables import Onboarding, Program, TimelineEntry
from passerelle.domain.errors import Invalid, Refused
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.schedule import Durations
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts, Stage, stage_of
from passerelle.domain.timeline import Actor, Entry, Event
from passerelle.services.faults import Code
from passerelle.services.paging import Page, cursor_of, place_in
from passerelle.settings import Settings


async def start(tx: AsyncSession, settings: Settings, program_id: UUID, actor: Actor) -> tuple[Onboarding, bool]:
    """The program's onboarding, and whether it was started just now (L1).

    A withdrawn or lapsed one makes room for another. The training gate is open from the start where the
    organization has a seat already. Raises Invalid for an unknown program, Refused("program_not_approved").
    """
    organization_id = await programs.organization_of(tx, program_id)
    if organization_id is None:
        raise Invalid({"program_id": [Code.NOT_FOUND]})
    await organizations.locked(tx, organization_id)
    program = await programs.locked(tx, program_id)
    if program is None or program.status is not ReviewStatus.APPROVED:
        raise Refused("program_not_approved")
    current = await onboardings.current_of_program(tx, program_id)
    if current is not None:
        return current, False
    facts = Facts(version=1, training_registered=await trainings.has_seat(tx, organization_id))
    return await _begin(tx, program, facts, durations_of(settings), actor), True


def durations_of(settings: Settings) -> Durations:
    """L4: what the settings say now; an onboarding keeps what it started with."""
    return Durations(
        reminders=tuple(settings.days(day).total_seconds() for day in settings.reminder_days),
        requester_reminder=settings.days(settings.requester_reminder_day).total_seconds(),
        expiry=settings.days(settings.expiry_days).total_seconds(),
        lapse=settings.days(settings.lapse_days).total_seconds(),
        mail_retry=settings.mail_retry_minutes * 60,
    )


async def timeline(tx: AsyncSession, onboarding_id: UUID) -> tuple[Case, Sequence[TimelineEntry]]:
    """L10: the onboarding and what happened to it, oldest first. Raises NotFound."""
    return await onboardings.case(tx, onboarding_id), await onboardings.timeline(tx, onboarding_id)


async def listing(tx: AsyncSession, stage: Stage | None, cursor: str, limit: int) -> Page[Case]:
    """Of one stage or of all, in a fixed order. Raises Invalid for a cursor that is not ours."""
    after = place_in(cursor, UUID, str)[0] if cursor else None
    found = await onboardings.cases(tx, stage, after, limit + 1)
    return Page.of(found, limit, lambda case: cursor_of(case.onboarding.id, ""))


async def _begin(tx: AsyncSession, program: Program, facts: Facts, durations: Durations, actor: Actor) -> Onboarding:
    onboarding = Onboarding(
        id=uuid4(),
        program_id=program.id,
        organization_id=program.organization_id,
        stage=stage_of(facts),
        durations=durations_to_json(durations),
        facts=facts,
    )
    tx.add(onboarding)
    await tx.flush()
    onboardings.note(tx, onboarding, Entry(Event.STARTED, actor), datetime.now(UTC))
    await outbox.put_fact(tx, onboarding.id, Signal.STARTED, facts)
    await tx.flush()
    return onboarding
