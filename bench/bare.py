"""What Passerelle is compared with: a Temporal workflow with the same waits and activities and nothing else.

No outbox, no timeline, no ledger of mails, no credential, no commands, no search attribute: whoever drives it
signals it directly, and personal data travels in the signals. Nothing here is used by Passerelle.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import aiosmtplib
    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

TASK_QUEUE = "bare"
TIMEOUT = timedelta(seconds=15)
REMINDER = timedelta(days=3)
SENDER = "invitation@example.com"
TABLE = "CREATE TABLE bare_accounts (id text PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL)"
LETTER = """From: "Génies en herbe" <{sender}>\r
To: {recipient}\r
Subject: {subject}\r
Content-Type: text/plain; charset=utf-8\r
\r
Bonjour, voici de vos nouvelles.\r
"""


@dataclass(frozen=True)
class Start:
    """`local`: whether the account row is written by a local activity."""

    local: bool


@dataclass(frozen=True)
class Request:
    """Whom to invite, and who is told about it."""

    recipient: str
    requester: str
    name: str


@dataclass(frozen=True)
class Mail:
    recipient: str
    subject: str


@workflow.defn(name="BareOnboarding")
class BareOnboarding:
    @workflow.init
    def __init__(self, start: Start) -> None:
        self._is_local = start.local
        self._is_trained = False
        self._is_registered = False
        self._request: Request | None = None

    @workflow.run
    async def run(self, start: Start) -> str:
        await workflow.wait_condition(lambda: self._is_trained and self._request is not None)
        assert self._request is not None  # what was just waited for
        recipient, requester = self._request.recipient, self._request.requester
        receipt = asyncio.create_task(self._send(requester, "receipt"))
        await self._make_account(self._request)
        await self._send(recipient, "invitation")
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._is_registered, timeout=REMINDER)
        await asyncio.gather(receipt, self._send(recipient, "welcome"), self._send(requester, "news"))
        return "completed"

    async def _make_account(self, request: Request) -> None:
        execute = workflow.execute_local_activity_method if self._is_local else workflow.execute_activity_method
        await execute(BareActivities.make_account, request, start_to_close_timeout=TIMEOUT)

    async def _send(self, recipient: str, subject: str) -> None:
        await workflow.execute_activity_method(
            BareActivities.send, Mail(recipient, subject), start_to_close_timeout=TIMEOUT
        )

    @workflow.signal
    def training_registered(self) -> None:
        self._is_trained = True

    @workflow.signal
    def access_requested(self, request: Request) -> None:
        self._request = request

    @workflow.signal
    def registration_completed(self) -> None:
        self._is_registered = True


class BareActivities:
    """Keeps its connections to PostgreSQL and to the mail server open."""

    def __init__(self, pool: "AsyncConnectionPool[AsyncConnection]", mail_port: int) -> None:
        self._pool = pool
        self._mail_port = mail_port
        self._idle: list[aiosmtplib.SMTP] = []

    @activity.defn
    async def make_account(self, request: Request) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO bare_accounts (id, email, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [activity.info().workflow_id, request.recipient, request.name],
            )

    @activity.defn
    async def send(self, mail: Mail) -> None:
        client = self._idle.pop() if self._idle else await self._connect()
        letter = LETTER.format(sender=SENDER, recipient=mail.recipient, subject=mail.subject)
        await client.sendmail(SENDER, mail.recipient, letter.encode())
        self._idle.append(client)

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._mail_port, start_tls=False)
        await client.connect()
        return client
