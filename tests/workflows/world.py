"""A program on its way with everything real behind it: database, relay, Temporal, worker, mail server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from passerelle.db import mails, onboardings, outbox
from passerelle.db.database import Database
from passerelle.db.serialization import durations_to_json
from passerelle.db.tables import AccessRequest, MailRow, Onboarding, Organization, Person, Program, TimelineEntry
from passerelle.delivery.relay import Relay
from passerelle.domain import transitions
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.schedule import Durations
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts, Stage, stage_of
from passerelle.domain.timeline import Entry, Event
from passerelle.orchestration import Orchestration
from passerelle.services.changes import change
from passerelle.settings import Settings
from tests.mail_server import MailServer
from worker import workers
from workflows.messages import CommandResult, OnboardingResult

T = TypeVar("T")
TITLE = "Génies en herbe"
RECIPIENT = "jane.doe@example.com"
REQUESTER = "daniel.test@example.com"


@dataclass
class World:
    """`queue` is this test's own; a worker listens on it while `working()`."""

    settings: Settings
    database: Database
    environment: WorkflowEnvironment
    mail: MailServer
    durations: Durations = field(default_factory=Durations)
    queue: str = field(default_factory=lambda: f"test-{uuid4()}")

    @property
    def client(self) -> Client:
        return self.environment.client

    @property
    def orchestration(self) -> Orchestration:
        return Orchestration(self.client, self.queue)

    @property
    def relay(self) -> Relay:
        return Relay(self.database, self.orchestration)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker is there, as in production, except that a bug ends the run instead of waiting for its fix."""
        settings = self.settings.model_copy(update={"smtp_url": self.mail.url})
        async with workers(settings, self.client, self.database, task_queue=self.queue, fail_on=[Exception]):
            yield

    async def approved_program(self) -> "Walk":
        """An approved program whose onboarding has started (L1)."""
        organization, requester = uuid4(), uuid4()
        facts = Facts(version=1)
        async with self.database.transaction() as tx:
            tx.add(Organization(id=organization, name_fr="Science Jeunesse", status=ReviewStatus.APPROVED))
            tx.add(Person(id=requester, email=f"{requester}@example.com", first_name="Daniel", last_name="Test"))
            await tx.flush()
            program = Program(organization_id=organization, title_fr=TITLE, status=ReviewStatus.APPROVED)
            tx.add(program)
            await tx.flush()
            onboarding = Onboarding(
                program_id=program.id,
                organization_id=organization,
                facts=facts,
                stage=stage_of(facts),
                durations=durations_to_json(self.durations),
            )
            tx.add(onboarding)
            await tx.flush()
            await outbox.put_fact(tx, onboarding.id, Signal.STARTED, facts)
        return Walk(self, onboarding.id, requester)


@dataclass
class Walk:
    """One onboarding, with the steps that people take as methods."""

    world: World
    id: UUID
    requester: UUID

    @property
    def requester_address(self) -> str:
        return f"{self.requester}@example.com"

    @property
    def handle(self) -> WorkflowHandle[object, OnboardingResult]:
        name = f"onboarding-{self.id}"
        return self.world.client.get_workflow_handle(name, result_type=OnboardingResult)

    async def register_training(self) -> Facts:
        return await self.fact(transitions.register_training, Event.TRAINING_REGISTERED, Signal.TRAINING_REGISTERED)

    async def cancel_training(self) -> Facts:
        return await self.fact(transitions.cancel_training, Event.TRAINING_CANCELLED, Signal.TRAINING_CANCELLED)

    async def request_access(self, email: str = RECIPIENT, language: str = "fr") -> Facts:
        async with self.world.database.transaction() as tx:
            tx.add(
                AccessRequest(
                    onboarding_id=self.id,
                    requester_id=self.requester,
                    requested_at=datetime.now(UTC),
                    program_title=TITLE,
                    first_name="Jane",
                    last_name="Doe",
                    phone="+15145555555",
                    email=email,
                    language=language,
                    terms_version="1",
                )
            )
        return await self.fact(transitions.request_access, Event.ACCESS_REQUESTED, Signal.ACCESS_REQUESTED)

    async def correct_recipient(self, email: str) -> Facts:
        facts = await self.write_correction(email)
        await self.world.relay.drain()
        return facts

    async def write_correction(self, email: str) -> Facts:
        """Recorded, and not delivered yet."""
        entry, signal = Entry(Event.RECIPIENT_CORRECTED), Signal.RECIPIENT_CORRECTED
        async with self.world.database.transaction() as tx:
            request = await tx.get_one(AccessRequest, self.id)
            request.email = email
            return await change(tx, self.id, transitions.correct_recipient, entry, signal=signal)

    async def complete_registration(self) -> Facts:
        def completed(facts: Facts) -> Facts:
            return transitions.complete_registration(facts, datetime.now(UTC))

        return await self.fact(completed, Event.REGISTRATION_COMPLETED, Signal.REGISTRATION_COMPLETED)

    async def fact(self, transition: transitions.Transition, event: Event, signal: Signal) -> Facts:
        """Recorded, and delivered at once as the relay would on its NOTIFY."""
        async with self.world.database.transaction() as tx:
            facts = await change(tx, self.id, transition, Entry(event), signal=signal)
        await self.world.relay.drain()
        return facts

    async def order(self, command: str, update_id: str | None = None) -> CommandResult:
        """As the Temporal UI does it: an update without any row of ours."""
        result: CommandResult = await self.handle.execute_update(
            command, {}, id=update_id or str(uuid4()), result_type=CommandResult
        )
        return result

    async def facts(self) -> Facts:
        return (await self.row()).facts

    async def row(self) -> Onboarding:
        async with self.world.database.transaction() as tx:
            return await tx.get_one(Onboarding, self.id)

    async def stage(self) -> Stage:
        return (await self.row()).stage

    async def reaches(self, stage: Stage) -> Onboarding:
        """Wait for the stage in the database. Raises TimeoutError with the stage it stood at."""
        return await eventually(self.row, lambda row: row.stage is stage, stage)

    async def timeline(self) -> list[str]:
        return [entry.event for entry in await self.entries()]

    async def entries(self) -> list[TimelineEntry]:
        async with self.world.database.transaction() as tx:
            return await onboardings.timeline(tx, self.id)

    async def mails(self) -> list[MailRow]:
        async with self.world.database.transaction() as tx:
            return await mails.of_onboarding(tx, self.id)

    async def skip(self, days: float) -> None:
        """Move this onboarding's own clock on."""
        await self.world.environment.fast_forward(self.handle, timedelta(days=days))

    async def events(self) -> list[HistoryEvent]:
        return [event async for event in self.handle.fetch_history_events()]


async def eventually(
    read: Callable[[], Awaitable[T]], is_so: Callable[[T], bool], wanted: object = "", seconds: float = 20
) -> T:
    """What `read` gives once `is_so` holds for it. Raises TimeoutError that says how it stood instead."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not is_so(found := await read()):
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"wanted {wanted}, found {vars(found) if hasattr(found, '__dict__') else found}")
        await asyncio.sleep(0.02)
    return found


def count(events: list[HistoryEvent], *kinds: "EventType.ValueType") -> int:
    return sum(event.event_type in kinds for event in events)
