"""The health check of a worker's container, against a real Temporal server."""

import asyncio
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from passerelle.embedded.ports import free_port
from passerelle.orchestration import TASK_QUEUE
from passerelle.worker_health import SILENCE, asks_for_work
from tests.workflows.world import eventually
from workflows.account_mail import AccountMailWorkflow

HOST = socket.gethostname()


@activity.defn
async def nothing() -> None: ...


async def test_a_worker_is_healthy_while_it_asks_for_workflows_and_for_mail(
    temporal: Client, fresh_queue: Callable[[], str]
) -> None:
    queue = fresh_queue()

    async def healthy(host: str = HOST, later: timedelta = timedelta()) -> bool:
        return await asks_for_work(temporal, host, datetime.now(UTC) + later, queue)

    async with Worker(temporal, task_queue=queue, workflows=[AccountMailWorkflow]):
        assert not await healthy(), "nobody asks for mail"
        async with Worker(temporal, task_queue=f"{queue}-mail", activities=[nothing]):
            await eventually(healthy, bool)
            assert not await healthy("another-host")
            assert not await healthy(later=SILENCE + timedelta(seconds=1))


async def exit_code(address: str) -> int:
    """The command's; it fails the test when the command breaks instead of answering."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "passerelle.worker_health"),
        env={"TEMPORAL_ADDRESS": address},
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaints = await process.communicate()
    assert complaints == b""
    return process.returncode or 0


async def test_the_container_learns_it_from_the_exit_code(temporal: Client) -> None:
    address = temporal.service_client.config.target_host
    assert await exit_code(address) == 1
    async with (
        Worker(temporal, task_queue=TASK_QUEUE, workflows=[AccountMailWorkflow]),
        Worker(temporal, task_queue=f"{TASK_QUEUE}-mail", activities=[nothing]),
    ):
        await eventually(lambda: exit_code(address), lambda code: code == 0)


async def test_a_worker_is_not_healthy_while_temporal_is_away() -> None:
    assert await exit_code(f"127.0.0.1:{free_port()}") == 1
