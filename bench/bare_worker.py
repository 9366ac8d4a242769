"""`python -m bench.bare_worker`: the worker of the bare workflow, told where everything is as Passerelle's is."""

import asyncio
import os
import signal
from urllib.parse import urlsplit

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client
from temporalio.worker import Worker

from bench.bare import TASK_QUEUE, BareActivities, BareOnboarding
from passerelle.settings import Settings


async def main() -> None:
    """Until SIGTERM."""
    settings = Settings()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    url = settings.database_url.replace("+psycopg", "", 1)
    async with AsyncConnectionPool[AsyncConnection](url, min_size=4, max_size=10) as pool:
        activities = BareActivities(pool, urlsplit(settings.smtp_url).port or 25)
        async with Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[BareOnboarding],
            activities=[activities.make_account, activities.send],
        ):
            if settings.ready_file is not None:
                settings.ready_file.touch()
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
