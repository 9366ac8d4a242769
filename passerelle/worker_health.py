"""`python -m passerelle.worker_health`: ends with 0 when this machine's worker asks Temporal for work, else with 1.

It is the health check of a worker's container. A worker that hangs keeps its process and its connections, and so looks
well from outside; that it no longer comes for work only Temporal can tell.
"""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from passerelle.orchestration import RPC_TIMEOUT, TASK_QUEUE, connect
from passerelle.settings import Settings

# A worker with nothing to do asks again every minute; twice that is silence.
SILENCE = timedelta(minutes=2)


async def asks_for_work(client: Client, host: str, now: datetime, task_queue: str = TASK_QUEUE) -> bool:
    """Whether a worker on `host` came for workflows and for mail within the last two minutes; `now` is aware UTC.

    Raises RPCError or RuntimeError when Temporal does not answer.
    """
    workflows = await _last_visit(client, host, task_queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
    mail = await _last_visit(client, host, f"{task_queue}-mail", TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    return min(workflows, mail) > now - SILENCE


async def _last_visit(client: Client, host: str, task_queue: str, kind: TaskQueueType.ValueType) -> datetime:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=RPC_TIMEOUT)
    # The SDK calls itself process@host; the last process on a host is the one that runs now.
    visits = [
        poller.last_access_time.ToDatetime(tzinfo=UTC)
        for poller in found.pollers
        if poller.identity.endswith(f"@{host}")
    ]
    return max(visits, default=datetime.min.replace(tzinfo=UTC))


async def main() -> int:
    """The exit code."""
    client = await connect(f"127.0.0.1:{Settings().temporal_port}")
    try:
        return 0 if await asks_for_work(client, socket.gethostname(), datetime.now(UTC)) else 1
    except (RPCError, RuntimeError):
        return 1


if __name__ == "__main__":
    # Not sys.exit(): the SDK's threads may outlive the answer, and an interpreter that ends under them aborts.
    os._exit(asyncio.run(main()))
