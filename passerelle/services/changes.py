"""The one way in which an onboarding changes: locked, by a pure transition, told in its timeline."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import onboardings, outbox
from passerelle.db.tables import Onboarding
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Entry
from passerelle.domain.transitions import Transition


async def change(
    tx: AsyncSession,
    onboarding_id: UUID,
    transition: Transition,
    entry: Entry,
    *,
    signal: Signal | None = None,
) -> Facts:
    """Apply the transition and return the facts as they now are.

    Nothing is written when the transition changes nothing, so a second run is harmless. With `signal`, the
    running workflow is told (facts that arrive from outside); without, the workflow itself asked for the
    change. Raises NotFound, and Refused as the transition does.
    """
    onboarding = await onboardings.locked(tx, onboarding_id)
    return await change_locked(tx, onboarding, transition, entry, signal=signal)


async def change_locked(
    tx: AsyncSession,
    onboarding: Onboarding,
    transition: Transition,
    entry: Entry,
    *,
    signal: Signal | None = None,
) -> Facts:
    """The same for a row that this transaction has read FOR UPDATE already."""
    new = transition(onboarding.facts)
    if new == onboarding.facts:
        return new
    new = replace(new, version=onboarding.facts.version + 1)
    # Read behind the lock: one onboarding's timeline is in the order of time, whoever writes it.
    onboardings.write(tx, onboarding, new, entry, datetime.now(UTC))
    if signal:
        await outbox.put_fact(tx, onboarding.id, signal, new)
    return new


async def facts_of(tx: AsyncSession, onboarding_id: UUID) -> Facts:
    """The facts as they are now. Raises NotFound."""
    return (await onboardings.locked(tx, onboarding_id)).facts


async def note(tx: AsyncSession, onboarding_id: UUID, entry: Entry) -> None:
    """Tell something in the timeline that changes no fact. Raises NotFound."""
    onboarding = await onboardings.locked(tx, onboarding_id)
    onboardings.note(tx, onboarding, entry, datetime.now(UTC))
