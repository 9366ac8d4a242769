"""What routes ask for in their signatures."""

import re
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api import collaborators
from api.collaborators import Temporal
from passerelle.db.database import Database
from passerelle.domain.errors import Invalid
from passerelle.domain.timeline import Actor, ActorKind
from passerelle.services.api_keys import Caller
from passerelle.services.faults import Code
from passerelle.services.paging import MAXIMUM_LIMIT
from passerelle.settings import Settings

LONGEST_CURSOR = 200
_VERSION = re.compile(r'"[0-9]{1,9}"')


# Dependencies are coroutines, small as they are: FastAPI sends plain functions to a thread, which costs more.


async def _settings(request: Request) -> Settings:
    return collaborators.settings_of(request)


async def _database(request: Request) -> Database:
    return collaborators.database_of(request)


async def _temporal(request: Request) -> Temporal:
    return collaborators.temporal_of(request)


async def _transaction(request: Request) -> AsyncSession:
    return collaborators.transaction_of(request)


async def _caller(request: Request) -> Caller:
    return collaborators.caller_of(request)


async def _actor(request: Request) -> Actor:
    """The application that calls, where nobody behind it is named."""
    return Actor(ActorKind.INTEGRATOR, collaborators.caller_of(request).name)


async def _expected_version(request: Request) -> int | None:
    """The version in If-Match (RFC 9110, 13.1.1); None where any will do."""
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return None
    if not _VERSION.fullmatch(header):
        raise Invalid({"If-Match": [Code.MALFORMED]})
    return int(header.strip('"'))


Configured = Annotated[Settings, Depends(_settings)]
Stored = Annotated[Database, Depends(_database)]
Orchestrated = Annotated[Temporal, Depends(_temporal)]
Transaction = Annotated[AsyncSession, Depends(_transaction)]
WhoCalls = Annotated[Caller, Depends(_caller)]
WhoActs = Annotated[Actor, Depends(_actor)]
ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
Cursor = Annotated[str, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT, description="How many at most")]
