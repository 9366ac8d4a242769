"""When mails arrived at the sink."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from passerelle.embedded.ports import LOOPBACK


class Arrivals:
    """Reads the sink's feed while it is open."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        """Mails by recipient."""
        self._expected: dict[str, asyncio.Future[float]] = {}

    @classmethod
    @asynccontextmanager
    async def of(cls, feed_port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection(LOOPBACK, feed_port)
        arrivals = cls()
        reading = asyncio.create_task(arrivals._read(reader))
        yield arrivals
        reading.cancel()
        writer.close()

    def first(self, recipient: str) -> asyncio.Future[float]:
        """The time (CLOCK_MONOTONIC, seconds) at which the next mail to the recipient arrives."""
        return self._expected.setdefault(recipient, asyncio.get_running_loop().create_future())

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            at, recipient = line.decode().split()
            self.count[recipient] += 1
            expected = self._expected.pop(recipient, None)
            if expected and not expected.done():
                expected.set_result(float(at))
