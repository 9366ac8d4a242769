"""The application: the JSON API, the pages, and what both stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import web.app
from api import problems
from api.collaborators import built
from api.metrics import Metrics
from api.observed import Observed
from api.openapi import describe
from api.routes import access_requests, commands, docs, health, onboardings, organizations, programs, trainings
from passerelle import logs
from passerelle.auth.policy import API
from passerelle.domain.errors import Refused
from passerelle.orchestration import Unavailable
from passerelle.settings import Settings

DESCRIPTION = """From an approved mentoring program to a signed-in administrator.

Every POST takes an `Idempotency-Key`: the same key with the same request gets the same answer.
Problems are `application/problem+json` (RFC 9457), in French or, with `Accept-Language: en`, in English."""

ROUTERS = (
    organizations.router,
    programs.router,
    trainings.router,
    onboardings.router,
    access_requests.router,
    commands.facts,
    commands.router,
    health.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for these settings, those of the environment if none are given.

    Database, Temporal's client and files are built when it starts (lifespan), and closed when it stops.
    """
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logs.configure(chosen.log_level, chosen.log_format)
        async with built(app, chosen.resolved()):
            yield

    app = FastAPI(
        title="Passerelle",
        version="1",
        description=DESCRIPTION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # Its log records and spans hold what was sent, passwords included; our own middleware holds none of it.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.metrics = Metrics()
    app.add_middleware(Observed, metrics=app.state.metrics)
    for error in (HTTPException, RequestValidationError, Refused, Unavailable):
        app.add_exception_handler(error, _on_error)
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    docs.install(app)
    web.app.install(app)
    return app


async def _on_error(request: Request, error: Exception) -> Response:
    """Outside the guarded routes: unknown addresses, methods, and the like."""
    language = problems.language_of_caller(request)
    return problems.answer(problems.of_exception(error, language), language)
