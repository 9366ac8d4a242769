"""Waits until onboardings stand at `awaiting_registration`, all of them with one small question at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from uuid import UUID

import psycopg

from passerelle.domain.stages import Stage

ASK_AGAIN_SECONDS = 0.01
QUESTION = "SELECT id FROM onboardings WHERE id = ANY(%s) AND stage = %s"


class Invited:
    """A person needs seconds to read an invitation; a bench that did not wait would be faster than the worker's
    own note that it was sent, and would measure a race instead of the usual way.
    """

    def __init__(self) -> None:
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._somebody_waits = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def of(cls, database_url: str) -> AsyncIterator[Self]:
        url = database_url.replace("+psycopg", "", 1)
        invited = cls()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            asking = asyncio.create_task(invited._ask(connection))
            yield invited
            asking.cancel()

    async def reached(self, onboarding_id: UUID) -> None:
        """Returns when the onboarding waits for its registration."""
        reached = self._waiting[onboarding_id] = asyncio.get_running_loop().create_future()
        self._somebody_waits.set()
        await reached

    async def _ask(self, connection: psycopg.AsyncConnection) -> None:
        while await self._somebody_waits.wait():
            rows = await connection.execute(QUESTION, [list(self._waiting), Stage.AWAITING_REGISTRATION])
            async for (onboarding_id,) in rows:
                self._waiting.pop(onboarding_id).set_result(None)
            if not self._waiting:
                self._somebody_waits.clear()
            await asyncio.sleep(ASK_AGAIN_SECONDS)
