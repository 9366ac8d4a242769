"""Waits until onboardings stand at `awaiting_registration`, all of them with one small question at a time."""

import asyncio
from uuid import UUID

import psycopg

from passerelle.domain.stages import Stage

ASK_AGAIN_SECONDS = 0.01
QUESTION = "SELECT id FROM onboardings WHERE id = ANY(%s) AND stage = %s"


class Invited:
    """A person needs seconds to read an invitation; a bench that did not wait would be faster than the worker's
    own note that it was sent, and would measure a race instead of the usual way.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("+psycopg", "", 1)
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def reached(self, onboarding_id: UUID) -> None:
        """Returns when the onboarding waits for its registration."""
        reached = self._waiting[onboarding_id] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        await reached

    async def _ask(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            while self._waiting:
                rows = await connection.execute(QUESTION, [list(self._waiting), Stage.AWAITING_REGISTRATION])
                async for (onboarding_id,) in rows:
                    self._waiting.pop(onboarding_id).set_result(None)
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            # Before the connection is closed, which takes a moment in which somebody may begin to wait.
            self._asking = None
