"""Whether the process lives, whether it can work, and its figures."""

import asyncio
import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.collaborators import database_of, metrics_of, temporal_of
from api.metrics import CONTENT_TYPE
from passerelle.db import figures
from passerelle.db.database import AWAY

PATIENCE_SECONDS = 2.5

router = APIRouter(tags=["health"])


@router.get("/livez")
async def is_alive() -> Response:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz")
async def is_ready(request: Request) -> Response:
    """200 when the database answers a real question. Facts are accepted while Temporal is away, so it only shows."""
    has_database, has_temporal = await asyncio.gather(_has_database(request), _has_temporal(request))
    body = {
        "database": "ok" if has_database else "unreachable",
        "temporal": "ok" if has_temporal else "unreachable",
    }
    return Response(json.dumps(body), 200 if has_database else 503, media_type="application/json")


@router.get("/metrics", include_in_schema=False)
async def read_metrics(request: Request) -> Response:
    """Prometheus' exposition."""
    async with database_of(request).transaction() as tx:
        return Response(await metrics_of(request).read(tx), media_type=CONTENT_TYPE)


async def _has_database(request: Request) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), database_of(request).transaction() as tx:
            return await figures.answers(tx)
    except (*AWAY, TimeoutError):
        return False


async def _has_temporal(request: Request) -> bool:
    try:
        return await asyncio.wait_for(temporal_of(request).is_reachable(), PATIENCE_SECONDS)
    except TimeoutError:
        return False
