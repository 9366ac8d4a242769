"""Training sessions and the seats in them: what opens the training gate (S4, S6, L2, T4, T6)."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import onboardings, organizations, trainings
from passerelle.db.tables import Registration, TrainingSession
from passerelle.db.trainings import Listed, Place
from passerelle.domain.errors import Invalid, Refused
from passerelle.domain.signals import Signal
from passerelle.domain.timeline import Actor, Entry, Event
from passerelle.domain.transitions import Transition, cancel_training, register_training
from passerelle.services.changes import change
from passerelle.services.faults import Code
from passerelle.services.fields import Form, Instant, LanguageOfChoice, MeetingLink, TimeZone, Title
from passerelle.services.paging import Page, cursor_of, place_in


class TrainingSessionForm(Form):
    """A planned session; `starts_at` carries its offset from UTC, `time_zone` is the one it is shown in."""

    title: Title
    language: LanguageOfChoice
    starts_at: Instant
    time_zone: TimeZone = "America/Toronto"
    length_minutes: Annotated[int, Field(ge=5, le=1_440, examples=[90])] = 90
    seats: Annotated[int, Field(ge=1, le=10_000, examples=[20])]
    meeting_link: MeetingLink = ""


class RegistrationForm(Form):
    """Which organization takes a seat."""

    organization_id: UUID


async def plan(tx: AsyncSession, form: TrainingSessionForm) -> Listed:
    """A new session, all its seats free."""
    values = form.model_dump() | {"starts_at": form.starts_at.astimezone(UTC)}
    session = TrainingSession(**values)
    tx.add(session)
    await tx.flush()
    return Listed(session, 0)


async def listing(tx: AsyncSession, cursor: str, limit: int) -> Page[Listed]:
    """The latest start first. Raises Invalid for a cursor that is not ours."""
    after = Place(*place_in(cursor, datetime.fromisoformat, UUID)) if cursor else None
    found = await trainings.page(tx, after, limit + 1)
    return Page.of(found, limit, lambda row: cursor_of(row.session.starts_at.isoformat(), row.session.id))


async def register(tx: AsyncSession, session_id: UUID, organization_id: UUID, actor: Actor) -> Registration:
    """A seat for the organization; its onboardings learn it (S4). Seats are counted under a lock (T6).

    Raises Invalid for an unknown organization, NotFound for an unknown session, and
    Refused("already_registered", registration_id=…), ("session_full") or ("session_cancelled").
    """
    if await organizations.locked(tx, organization_id) is None:
        raise Invalid({"organization_id": [Code.NOT_FOUND]})
    session = await trainings.locked(tx, session_id)
    existing = await trainings.live_registration(tx, session_id, organization_id)
    if existing is not None:
        raise Refused("already_registered", registration_id=existing.id)
    if session.cancelled_at:
        raise Refused("session_cancelled")
    if await trainings.taken(tx, session_id) >= session.seats:
        raise Refused("session_full")
    seat = Registration(id=uuid4(), training_session_id=session_id, organization_id=organization_id)
    tx.add(seat)
    await tx.flush()
    entry = Entry(Event.TRAINING_REGISTERED, actor, {"session": session.title})
    await _tell_onboardings(tx, organization_id, register_training, entry, Signal.TRAINING_REGISTERED)
    return seat


async def cancel(tx: AsyncSession, session_id: UUID, registration_id: UUID, actor: Actor) -> None:
    """Give the seat back; without another seat the organization's gate closes again (L2).

    Cancelled twice is cancelled once. Raises NotFound.
    """
    organization_id = await trainings.organization_of(tx, session_id, registration_id)
    await organizations.locked(tx, organization_id)
    seat = await trainings.registration(tx, registration_id)
    if seat.cancelled_at:
        return
    seat.cancelled_at = datetime.now(UTC)
    await tx.flush()
    if not await trainings.has_seat(tx, organization_id):
        entry = Entry(Event.TRAINING_CANCELLED, actor)
        await _tell_onboardings(tx, organization_id, cancel_training, entry, Signal.TRAINING_CANCELLED)


async def _tell_onboardings(
    tx: AsyncSession, organization_id: UUID, transition: Transition, entry: Entry, signal: Signal
) -> None:
    for onboarding_id in await onboardings.ids_of_organization(tx, organization_id):
        await change(tx, onboarding_id, transition, entry, signal=signal)
