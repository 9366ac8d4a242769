"""The activities that mail, run as Temporal would run them, with the database and real SMTP behind them."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TypeVar
from uuid import UUID

from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from typing_extensions import override

from activities.invitations import InvitationActivities
from passerelle.db import mails, onboardings
from passerelle.db.database import Database
from passerelle.db.onboardings import Case
from passerelle.db.tables import MailRow, TimelineEntry
from passerelle.domain.stages import Facts
from passerelle.mail.smtp import Mailer, SmtpServer
from passerelle.services import platform_accounts
from passerelle.services.letters import Letters
from passerelle.settings import Settings
from tests import platform_world
from tests.mail_server import MailServer
from tests.platform_world import KEY
from workflows.messages import SendInvitation, SendNews, SendReminder

Step = TypeVar("Step")
Got = TypeVar("Got")

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPIRES_AT = AT + timedelta(days=30)
RETRY = 1_800.0
RECIPIENT = "jane@example.com"


class Interrupted(Mailer):
    """A mailer during whose every send something else happens first."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    @override
    async def send(self, sender: str, recipient: str, message: bytes) -> int:
        if self.meanwhile:
            await self.meanwhile()
        return await super().send(sender, recipient, message)


@dataclass
class Post:
    """`mail` are the activities; `server` is where the mail goes."""

    settings: Settings
    database: Database
    server: MailServer
    mailer: Interrupted = field(init=False)
    mail: InvitationActivities = field(init=False)

    def __post_init__(self) -> None:
        self.mailer = Interrupted(SmtpServer.parse(self.server.url))
        letters = Letters(self.settings)
        self.mail = InvitationActivities(self.database, self.mailer, letters, self.settings.mail_from)

    async def run(
        self,
        activity: Callable[[Step], Awaitable[Got]],
        step: Step,
        tried_for: timedelta = timedelta(),
        attempt: int = 100,
    ) -> Got:
        """One attempt, scheduled and begun `tried_for` after the first one was scheduled."""
        environment, now = ActivityEnvironment(), AT + tried_for
        environment.info = replace(
            environment.info,
            attempt=attempt,
            scheduled_time=AT,
            current_attempt_scheduled_time=now,
            started_time=now,
        )
        return await environment.run(activity, step)

    async def invite(self, onboarding_id: UUID, mailing: int = 1, tried_for: timedelta = timedelta()) -> Facts:
        step = SendInvitation(onboarding_id, mailing, AT, EXPIRES_AT, RETRY)
        return await self.run(self.mail.send_invitation, step, tried_for)

    async def remind(
        self,
        onboarding_id: UUID,
        number: int = 1,
        *,
        to_requester: bool = False,
        tried_for: timedelta = timedelta(),
        at: datetime = AT,
    ) -> Facts:
        step = SendReminder(onboarding_id, 1, number, to_requester, at, RETRY)
        return await self.run(self.mail.send_reminder, step, tried_for)

    async def tell(self, onboarding_id: UUID, kind: str) -> None:
        await self.run(self.mail.send_news, SendNews(onboarding_id, kind, kind, RETRY))

    async def inviting(self, email: str = RECIPIENT, title: str = platform_world.TITLE) -> UUID:
        """An onboarding whose account is ready and whose invitation is to be sent."""
        onboarding_id = await platform_world.requested(self.database, email, title)
        async with self.database.transaction() as tx:
            await platform_accounts.provision(tx, onboarding_id, 1, KEY, AT)
        await platform_world.set_facts(self.database, onboarding_id, provisioned=1, expires_at=EXPIRES_AT)
        return onboarding_id

    async def awaiting_registration(self) -> UUID:
        onboarding_id = await self.inviting()
        await platform_world.set_facts(self.database, onboarding_id, mailed=1, invited_at=AT)
        return onboarding_id

    async def case(self, onboarding_id: UUID) -> Case:
        async with self.database.transaction() as tx:
            return await onboardings.case(tx, onboarding_id)

    async def facts(self, onboarding_id: UUID) -> Facts:
        return (await self.case(onboarding_id)).onboarding.facts

    async def ledger(self, onboarding_id: UUID) -> list[MailRow]:
        async with self.database.transaction() as tx:
            return await mails.of_onboarding(tx, onboarding_id)

    async def timeline(self, onboarding_id: UUID) -> list[TimelineEntry]:
        async with self.database.transaction() as tx:
            return await onboardings.timeline(tx, onboarding_id)


def plain_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def secrets_in(mail: EmailMessage) -> tuple[list[str], list[str]]:
    """The tokens of links and the one-time passwords that an e-mail prints."""
    text = plain_text(mail)
    return re.findall(r"/([\w-]{43})\b", text), re.findall(r"\b(?:\w{4}-){5}\w{4}\b", text)


def is_final(error: ApplicationError) -> tuple[str | None, bool]:
    return error.type, error.non_retryable
