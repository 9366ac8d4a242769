"""Composition root of the worker: settings → collaborators → activities → Worker. Nothing imports it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.accounts import AccountActivities
from activities.discretion import Discretion
from activities.invitations import InvitationActivities
from activities.records import RecordActivities
from passerelle import logs
from passerelle.db.database import Database
from passerelle.delivery.housekeeping import keep_house
from passerelle.delivery.reconciler import Reconciler
from passerelle.delivery.relay import Relay
from passerelle.mail.smtp import Mailer, SmtpServer
from passerelle.orchestration import TASK_QUEUE, Orchestration, connect
from passerelle.platforms.embedded import EmbeddedPlatform
from passerelle.services.letters import Letters
from passerelle.settings import Settings
from workflows.account_mail import AccountMailWorkflow
from workflows.onboarding import OnboardingWorkflow

log = structlog.get_logger(__name__)

# What is under way when a worker is told to stop gets this long; a mail attempt takes 10 s at most.
GRACE = timedelta(seconds=20)
# A dead worker's runs go to another one after this; Temporal's default is twice as long.
STICKY = timedelta(seconds=5)


@asynccontextmanager
async def workers(
    settings: Settings,
    client: Client,
    database: Database,
    *,
    task_queue: str = TASK_QUEUE,
    fail_on: Sequence[type[BaseException]] = (),
) -> AsyncIterator[None]:
    """The workers of one process: workflows and platform on one queue, mail on its own (one rate limit).

    `fail_on`: exceptions of workflow code that end the run, for tests; in production a bug waits for its fix.
    """
    mailer = Mailer(SmtpServer.parse(settings.smtp_url))
    accounts = AccountActivities(EmbeddedPlatform(database, settings.key()), database)
    records = RecordActivities(database)
    mail = InvitationActivities(database, mailer, Letters(settings), settings.mail_from)
    process = Worker(
        client,
        task_queue=task_queue,
        workflows=[OnboardingWorkflow, AccountMailWorkflow],
        activities=[
            accounts.provision,
            accounts.disable,
            records.record_attention,
            records.record_lapse,
            records.apply_command,
        ],
        interceptors=[Discretion()],
        workflow_failure_exception_types=fail_on,
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=STICKY,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(mailer.close)
        await stack.enter_async_context(process)
        await stack.enter_async_context(_post_office(client, f"{task_queue}-mail", mail, settings.mail_rate))
        yield


def _post_office(client: Client, task_queue: str, mail: InvitationActivities, rate: float) -> Worker:
    """The worker that mails; `rate` mails a second over all of them, 0 for no limit (F46)."""
    return Worker(
        client,
        task_queue=task_queue,
        activities=[mail.send_invitation, mail.send_reminder, mail.send_news, mail.send_account_mail],
        interceptors=[Discretion()],
        graceful_shutdown_timeout=GRACE,
        max_task_queue_activities_per_second=rate or None,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )


async def main() -> None:
    """Until SIGTERM or SIGINT: workers, relay and reconciler, then an orderly end."""
    settings = Settings().resolved()
    logs.configure(settings.log_level, settings.log_format)
    database = Database(settings.database_url)
    address = f"127.0.0.1:{settings.temporal_port}"
    orchestration = Orchestration(await connect(address))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await _until_reachable(orchestration, stop)
    if stop.is_set():
        return
    client = await connect(address, lazy=False)
    async with workers(settings, client, database), asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(Relay(database, orchestration).run())]
        beside.append(tasks.create_task(Reconciler(database, orchestration).run()))
        beside.append(tasks.create_task(keep_house(database)))
        log.info("worker started", task_queue=TASK_QUEUE)
        if settings.ready_file is not None:
            settings.ready_file.touch()
        await stop.wait()
        for task in beside:
            task.cancel()
    await database.close()


async def _until_reachable(orchestration: Orchestration, stop: asyncio.Event) -> None:
    while not stop.is_set() and not await orchestration.is_reachable():
        log.warning("worker waits for Temporal")
        await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main())
