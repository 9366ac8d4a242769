"""What routes ask for in their signatures."""

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


def _actor(request: Request) -> Actor:
    """The application that calls, where nobody behind it is named."""
    return Actor(ActorKind.INTEGRATOR, collaborators.caller_of(request).name)


def _expected_version(request: Request) -> int | None:
    """The version in If-Match (RFC 9110, 13.1.1); None where any will do."""
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return None
    if not (header[:1] == header[-1:] == '"' and header[1:-1].isascii() and header[1:-1].isdigit()):
        raise Invalid({"If-Match": [Code.MALFORMED]})
    return int(header[1:-1])


Configured = Annotated[Settings, Depends(collaborators.settings_of)]
Stored = Annotated[Database, Depends(collaborators.database_of)]
Orchestrated = Annotated[Temporal, Depends(collaborators.temporal_of)]
Transaction = Annotated[AsyncSession, Depends(collaborators.transaction_of)]
WhoCalls = Annotated[Caller, Depends(collaborators.caller_of)]
WhoActs = Annotated[Actor, Depends(_actor)]
ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
Cursor = Annotated[str, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT, description="How many at most")]
