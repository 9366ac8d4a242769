"""The API as an integrator meets it: real PostgreSQL, every middleware, no network."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.collaborators import adopt
from passerelle.auth.policy import Scope
from passerelle.db.database import Database
from passerelle.domain.commands import Command
from passerelle.files import Logos
from passerelle.orchestration import Unavailable
from passerelle.services import api_keys
from passerelle.settings import Settings
from tests.api.world import World
from workflows.messages import CommandResult

Answering = Callable[[UUID, Command, str], Awaitable[CommandResult]]


@dataclass
class FakeTemporal:
    """Stands in for Temporal: `answers` decides what a command comes to; None means nobody is there."""

    answers: Answering | None = None
    given: list[tuple[UUID, Command, str]] = field(default_factory=list)
    namespace: str = "default"

    async def command(self, onboarding_id: UUID, command: Command, update_id: str) -> CommandResult:
        self.given.append((onboarding_id, command, update_id))
        if self.answers is None:
            raise Unavailable
        return await self.answers(onboarding_id, command, update_id)

    async def is_reachable(self) -> bool:
        return self.answers is not None


@pytest.fixture
def temporal() -> FakeTemporal:
    return FakeTemporal()


@pytest.fixture
def app(settings: Settings, database: Database, temporal: FakeTemporal) -> FastAPI:
    made = create_app(settings)
    adopt(made, settings, database, temporal, Logos(settings.data_dir / "files"))
    return made


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody without a key, who reads English."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost:8000", headers={"Accept-Language": "en"}
    ) as client:
        yield client


@pytest.fixture
async def world(anybody: httpx2.AsyncClient, database: Database) -> World:
    """An integrator with all scopes, and ways to make what a test needs."""
    async with database.transaction() as tx:
        _, key = await api_keys.create(tx, "Test integrator", list(Scope))
    anybody.headers["Authorization"] = f"Bearer {key}"
    return World(anybody, database)
