"""The health check of a worker's container, against a real Temporal server."""

import os
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from passerelle.worker_health import SILENCE, asks_for_work
from tests.asynchronous import eventually

HOST = socket.gethostname()


@workflow.defn
class Nothing:
    @workflow.run
    async def run(self) -> None: ...


@activity.defn
async def nothing() -> None: ...


@pytest.fixture
async def server() -> AsyncIterator[WorkflowEnvironment]:
    program = Path(sys.executable).with_name("temporal")
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=str(program)) as environment:
        yield environment


async def test_a_worker_is_healthy_while_it_asks_for_workflows_and_for_mail(server: WorkflowEnvironment) -> None:
    queue, client = str(uuid4()), server.client

    async def healthy(host: str = HOST) -> bool:
        return await asks_for_work(client, host, datetime.now(UTC), queue)

    assert not await healthy()
    async with Worker(client, task_queue=queue, workflows=[Nothing], activities=[nothing]):
        assert not await healthy(), "nobody asks for mail"
        async with Worker(client, task_queue=f"{queue}-mail", activities=[nothing]):
            await eventually(healthy)
            assert not await healthy("another-host")
            assert not await asks_for_work(client, HOST, datetime.now(UTC) + SILENCE + timedelta(seconds=1), queue)
