"""Onboardings with facts on their way, and a Temporal that only takes notes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import outbox
from passerelle.db.database import Database
from passerelle.db.tables import Onboarding, OutboxRow
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts
from passerelle.orchestration import Run, Unavailable
from tests import platform_world
from workflows.messages import OnboardingInput


async def nothing() -> None:
    """What happens meanwhile, most of the time."""


@dataclass
class FakeTemporal:
    """`signals` and `mails` are what was delivered. `away` are the workflows for which it does not answer."""

    signals: list[tuple[OnboardingInput, Signal, bool]] = field(default_factory=list)
    mails: list[tuple[str, UUID]] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    run_id: str | None = "run-1"
    runs: dict[UUID, Run] = field(default_factory=dict)
    inspected: list[UUID] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] = nothing

    async def signal(self, workflow_id: str, start: OnboardingInput, signal: Signal, *, ended: bool) -> str | None:
        self._answer(workflow_id)
        self.signals.append((start, signal, ended))
        await self.meanwhile()
        return self.run_id

    async def send_account_mail(self, workflow_id: str, token_id: UUID) -> None:
        self._answer(workflow_id)
        self.mails.append((workflow_id, token_id))

    async def inspect(self, onboarding_id: UUID) -> Run | None:
        await self.meanwhile()
        self._answer(f"onboarding-{onboarding_id}")
        self.inspected.append(onboarding_id)
        return self.runs.get(onboarding_id)

    def versions(self, onboarding_id: UUID) -> list[int]:
        """The versions of the facts that arrived for an onboarding, in the order of their arrival."""
        return [start.facts.version for start, _, _ in self.signals if start.onboarding_id == onboarding_id]

    def _answer(self, workflow_id: str) -> None:
        if workflow_id in self.away:
            raise Unavailable from TimeoutError()


async def onboarding(database: Database) -> UUID:
    return await platform_world.requested(database)


async def put(database: Database, onboarding_id: UUID, version: int = 3) -> Facts:
    """A fact of this version leaves."""
    async with database.transaction() as tx:
        facts = replace((await tx.get_one(Onboarding, onboarding_id)).facts, version=version)
        await outbox.put_fact(tx, onboarding_id, Signal.ACCESS_REQUESTED, facts)
    return facts


async def rows(database: Database) -> list[OutboxRow]:
    async with database.transaction() as tx:
        return list(await tx.scalars(select(OutboxRow).order_by(OutboxRow.id)))


async def pending(database: Database) -> list[OutboxRow]:
    return [row for row in await rows(database) if row.delivered_at is None]


async def pass_time(database: Database, seconds: float) -> None:
    """What waits in the outbox is due that much earlier."""
    async with database.transaction() as tx:
        await tx.execute(text(f"UPDATE outbox SET due_at = due_at - interval '{seconds} seconds'"))


async def row_of(tx: AsyncSession, onboarding_id: UUID) -> Onboarding:
    return await tx.get_one(Onboarding, onboarding_id, populate_existing=True)
