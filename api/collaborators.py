"""What the application is made of, built once when it starts, and found again in each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api.metrics import Metrics
from passerelle.db.database import Database
from passerelle.domain.commands import Command
from passerelle.files import Logos
from passerelle.i18n import LANGUAGES, translations
from passerelle.orchestration import Orchestration, connect
from passerelle.services.api_keys import Caller
from passerelle.settings import Settings
from workflows.messages import CommandResult


class Temporal(Protocol):
    """What the API needs of `passerelle.orchestration.Orchestration`."""

    @property
    def namespace(self) -> str: ...

    async def command(self, onboarding_id: UUID, command: Command, update_id: str) -> CommandResult: ...

    async def is_reachable(self) -> bool: ...


def adopt(app: FastAPI, settings: Settings, database: Database, temporal: Temporal, logos: Logos) -> None:
    """Put the collaborators where requests find them."""
    app.state.settings = settings
    app.state.database = database
    app.state.temporal = temporal
    app.state.logos = logos


@asynccontextmanager
async def built(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """The real ones, for as long as the application runs. Nobody is called yet: Temporal may be away."""
    for language in LANGUAGES:
        # Compiled now, so that the first caller does not wait for it.
        translations(language)
    database = Database(settings.database_url)
    client = await connect(f"127.0.0.1:{settings.temporal_port}")
    adopt(app, settings, database, Orchestration(client), Logos(settings.data_dir / "files"))
    try:
        yield
    finally:
        await database.close()


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def temporal_of(request: Request) -> Temporal:
    temporal: Temporal = request.app.state.temporal
    return temporal


def logos_of(request: Request) -> Logos:
    logos: Logos = request.app.state.logos
    return logos


def metrics_of(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


def transaction_of(request: Request) -> AsyncSession:
    """The one transaction of this request, committed when its answer is made."""
    tx: AsyncSession = request.state.tx
    return tx


def caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller
