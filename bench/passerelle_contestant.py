"""Passerelle itself: its API over HTTP, its relay, its worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client, WorkflowHandle

from bench.contestants import Case
from bench.invited import Invited
from passerelle.auth.policy import API, Scope
from passerelle.db.database import Database
from passerelle.db.outbox import onboarding_workflow_id
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.domain.transitions import complete_registration
from passerelle.services import api_keys, organizations, programs, trainings
from passerelle.services.changes import change
from passerelle.services.organizations import OrganizationForm, PersonForm, ReviewForm
from passerelle.services.programs import ProgramForm
from passerelle.services.trainings import TrainingSessionForm
from passerelle.settings import Settings

TITLE = "Génies en herbe"
SEATS = 20
OPERATOR = Actor(ActorKind.OPERATOR, "Bench")


class Passerelle:
    """Programs are made by the services, outside the measured time; trainings and requests come over HTTP."""

    name = "passerelle"

    def __init__(
        self, settings: Settings, client: Client, database: Database, http: httpx2.AsyncClient, invited: Invited
    ) -> None:
        self._settings = settings
        self._client = client
        self._database = database
        self._http = http
        self._invited = invited
        self._seats: dict[UUID, tuple[UUID, UUID]] = {}
        """Training session and organization, by onboarding."""

    @classmethod
    @asynccontextmanager
    async def of(cls, settings: Settings, client: Client) -> AsyncIterator[Self]:
        """With an API key of its own."""
        database = Database(settings.database_url)
        async with database.transaction() as tx:
            _, key = await api_keys.create(tx, "Bench", list(Scope))
        headers = {"Authorization": f"Bearer {key}"}
        base_url = f"{settings.url}{API}"
        async with (
            httpx2.AsyncClient(base_url=base_url, headers=headers, timeout=30) as http,
            Invited.of(database.url) as invited,
        ):
            yield cls(settings, client, database, http, invited)
        await database.close()

    async def prepare(self, count: int) -> list[Case]:
        async with self._database.transaction() as tx:
            sessions = [(await trainings.plan(tx, _session())).session.id for _ in range(-(-count // SEATS))]
            return [await self._approved(tx, sessions[number // SEATS]) for number in range(count)]

    async def register_training(self, case: Case) -> None:
        session, organization = self._seats.pop(case.id)
        await self._post(f"/training-sessions/{session}/registrations", {"organization_id": str(organization)})

    async def request_access(self, case: Case) -> None:
        body = {
            "program_title": TITLE,
            "first_name": "Jane",
            "last_name": "Doe",
            "phone": "514 555-5555",
            "email": case.recipient,
            "language": "fr",
            "accept_terms": True,
            "requested_by": case.requester,
        }
        await self._post(f"/onboardings/{case.id}/access-request", body)

    async def complete_registration(self, case: Case) -> None:
        """As the platform's pages do, without the password, whose hashing would be what is measured."""
        await self._invited.reached(case.id)
        at = datetime.now(UTC)

        def completed(facts: Facts) -> Facts:
            return complete_registration(facts, at)

        entry = Entry(Event.REGISTRATION_COMPLETED, Actor(ActorKind.RECIPIENT))
        async with self._database.transaction() as tx:
            await change(tx, case.id, completed, entry, signal=Signal.REGISTRATION_COMPLETED)

    def run(self, case: Case) -> WorkflowHandle[object, object]:
        return self._client.get_workflow_handle(onboarding_workflow_id(case.id))

    async def _approved(self, tx: AsyncSession, session: UUID) -> Case:
        new = uuid4()
        requester = PersonForm(first_name="Daniel", last_name="Test", email=f"requester-{new}@example.com")
        organization = await organizations.submit(tx, OrganizationForm(name_fr="Science Jeunesse", admins=(requester,)))
        await organizations.review(tx, organization.id, ReviewForm())
        submitted = await programs.submit(tx, ProgramForm(organization_id=organization.id, title_fr=TITLE))
        listed = await programs.review(tx, self._settings, submitted.program.id, ReviewForm(), OPERATOR)
        assert listed.onboarding is not None  # an approval starts it (L1)
        self._seats[listed.onboarding.id] = session, organization.id
        return Case(listed.onboarding.id, f"recipient-{new}@example.com", requester.email)

    async def _post(self, path: str, body: dict[str, object]) -> None:
        answer = await self._http.post(path, json=body)
        answer.raise_for_status()


def _session() -> TrainingSessionForm:
    starts_at = datetime.now(UTC) + timedelta(days=7)
    return TrainingSessionForm(title="Formation", language="fr", starts_at=starts_at, seats=SEATS)
