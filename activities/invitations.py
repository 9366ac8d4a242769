"""Everything that goes out by e-mail."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from passerelle.db import mails, onboardings
from passerelle.db.database import Database
from passerelle.db.mails import MailState
from passerelle.db.onboardings import Case
from passerelle.db.serialization import durations_from_json
from passerelle.db.tables import MailRow
from passerelle.domain import schedule, transitions
from passerelle.domain.errors import NotFound
from passerelle.domain.stages import Facts, Stage, stage_of
from passerelle.domain.timeline import Entry, Event
from passerelle.mail.compose import UnsafeMessage, to_bytes
from passerelle.mail.smtp import Deferred, Mailer, Refused, SmtpFailure, Unknown
from passerelle.services.changes import change, note
from passerelle.services.letters import Letter, Letters
from workflows import policies
from workflows.messages import AccountMail, SendInvitation, SendNews, SendReminder

MAXIMUM_COPIES = 4
"""I3: how many copies of one mail may be on their way before somebody is asked."""

NEWS_TOLD = {"welcome": Event.RECIPIENT_WELCOMED}

Record = Callable[[AsyncSession], Awaitable[Facts]]


class InvitationActivities:
    """Sends mail: at least once, every copy identical. The ledger row of a mail makes a second run harmless."""

    def __init__(self, database: Database, mailer: Mailer, letters: Letters, sender: str) -> None:
        self._database = database
        self._mailer = mailer
        self._letters = letters
        self._sender = sender
        self._domain = sender.rpartition("@")[2]

    @activity.defn(name="send_invitation")
    async def send_invitation(self, step: SendInvitation) -> Facts:
        """The invitation; harmless twice: an accepted mailing is not sent again."""
        async with self._database.transaction() as tx:
            case = await onboardings.case(tx, step.onboarding_id)
            facts = case.onboarding.facts
            if stage_of(facts) is not Stage.INVITING or facts.mailing != step.mailing:
                return facts
            letter = await self._letters.invitation(tx, case, step.mailing)
            mail = await mails.intend(tx, letter.intent, self._domain)

        waited = _waited()

        def accepted(before: Facts) -> Facts:
            return transitions.invitation_accepted(before, step.mailing, step.at + waited, step.expires_at + waited)

        entry = Entry(Event.INVITATION_SENT, details={"mailing": step.mailing, "generation": facts.generation})
        return await self._send(letter, mail, step.retry, lambda tx: change(tx, step.onboarding_id, accepted, entry))

    @activity.defn(name="send_reminder")
    async def send_reminder(self, step: SendReminder) -> Facts:
        """A reminder to recipient or requester, unless it is no longer wanted (F28).

        A mail server that stays away costs this reminder, not the onboarding; an address that is refused for
        good is a bounce.
        """
        event = Event.REQUESTER_REMINDED if step.to_requester else Event.RECIPIENT_REMINDED
        async with self._database.transaction() as tx:
            case = await onboardings.case(tx, step.onboarding_id)
            if not _still_wants(case, step):
                return case.onboarding.facts
            if _is_overtaken(case, step):
                return await _reminded(tx, step, event, sent=False)
            write = self._letters.requester_reminder if step.to_requester else self._letters.reminder
            letter = await write(tx, case, step.number)
            mail = await mails.intend(tx, letter.intent, self._domain)
        try:
            return await self._send(letter, mail, step.retry, lambda tx: _reminded(tx, step, event, sent=True))
        except ApplicationError as error:
            if not error.non_retryable or (error.type == policies.MAIL_REFUSED and not step.to_requester):
                raise
        async with self._database.transaction() as tx:
            return await _reminded(tx, step, event, sent=False)

    @activity.defn(name="send_news")
    async def send_news(self, step: SendNews) -> None:
        """How things stand, to requester or recipient; harmless twice by its ledger row.

        Help that is not needed any more is not asked for (F28).
        """
        async with self._database.transaction() as tx:
            case = await onboardings.case(tx, step.onboarding_id)
            if step.kind == "attention_needed" and case.onboarding.facts.cause is None:
                return
            letter = self._letters.news(case, step.kind, step.key)
            mail = await mails.intend(tx, letter.intent, self._domain)

        async def told(tx: AsyncSession) -> Facts:
            entry = Entry(NEWS_TOLD.get(step.kind, Event.REQUESTER_TOLD), details={"news": step.kind})
            await note(tx, step.onboarding_id, entry)
            return case.onboarding.facts

        if mail.state != MailState.ACCEPTED:
            await self._send(letter, mail, step.retry, told)

    @activity.defn(name="send_account_mail")
    async def send_account_mail(self, step: AccountMail) -> None:
        """An unlock or new-password link; harmless twice by its ledger row.

        A link that is used, expired or gone with its account by now is not mailed.
        """
        try:
            async with self._database.transaction() as tx:
                letter = await self._letters.account_mail(tx, step.token_id)
                mail = await mails.intend(tx, letter.intent, self._domain)
        except NotFound:
            return
        if mail.state != MailState.ACCEPTED:
            code = await self._deliver(letter, mail, retry=3600)
            async with self._database.transaction() as tx:
                await mails.accepted(tx, mail.id, code)

    async def _send(self, letter: Letter, mail: MailRow, retry: float, record: Record) -> Facts:
        """Deliver unless a server already took it, and record that in one transaction with what follows."""
        code = mail.smtp_code if mail.state == MailState.ACCEPTED else await self._deliver(letter, mail, retry)
        async with self._database.transaction() as tx:
            await mails.accepted(tx, mail.id, code or 0)
            return await record(tx)

    async def _deliver(self, letter: Letter, mail: MailRow, retry: float) -> int:
        """The accepting reply code. Raises ApplicationError, non-retryable when trying on is hopeless."""
        try:
            message = to_bytes(self._letters.message(letter, mail))
            return await self._mailer.send(self._sender, letter.intent.recipient, message)
        except UnsafeMessage as error:
            async with self._database.transaction() as tx:
                await mails.failed(tx, mail.id, MailState.CANCELLED, None)
            raise ApplicationError(str(error), type="mail_unsafe", non_retryable=True) from None
        except SmtpFailure as failure:
            async with self._database.transaction() as tx:
                await mails.failed(tx, mail.id, _state(failure), failure.code)
            raise _as_error(failure, mail, retry) from None


def _still_wants(case: Case, step: SendReminder) -> bool:
    facts = case.onboarding.facts
    wanted = stage_of(facts) is Stage.AWAITING_REGISTRATION and facts.mailing == step.mailing
    return wanted and facts.reminded < step.number


def _is_overtaken(case: Case, step: SendReminder) -> bool:
    onboarding = case.onboarding
    durations = durations_from_json(onboarding.durations)
    return schedule.is_overtaken(onboarding.facts, durations, step.number, step.at + _waited())


async def _reminded(tx: AsyncSession, step: SendReminder, event: Event, *, sent: bool) -> Facts:
    entry = Entry(event, details={"number": step.number, "sent": int(sent)})
    return await change(tx, step.onboarding_id, lambda facts: transitions.reminded(facts, step.number), entry)


def _state(failure: SmtpFailure) -> MailState:
    match failure:
        case Refused():
            return MailState.REFUSED
        case Unknown():
            return MailState.UNKNOWN
        case _:
            return MailState.DEFERRED


def _as_error(failure: SmtpFailure, mail: MailRow, retry: float) -> ApplicationError:
    """Four outcomes told apart (F15): refused for good, unknown too often, away too long, or try again."""
    code = failure.code or "no reply"
    if isinstance(failure, Refused):
        return ApplicationError(f"refused for good ({code})", type=policies.MAIL_REFUSED, non_retryable=True)
    if isinstance(failure, Unknown) and mail.unknowns + 1 >= MAXIMUM_COPIES:
        return ApplicationError("unknown too often", type="mail_unknown", non_retryable=True)
    if _tried_for() >= timedelta(seconds=retry):
        return ApplicationError(f"no server took it ({code})", type="mail_gave_up", non_retryable=True)
    kind = "mail_deferred" if isinstance(failure, Deferred) else "mail_unknown"
    return ApplicationError(f"not now ({code})", type=kind)


def _tried_for() -> timedelta:
    """From the first schedule to this attempt's, less what tries cannot have taken: a worker was away then."""
    info = activity.info()
    elapsed = info.current_attempt_scheduled_time - info.scheduled_time
    return min(elapsed, policies.longest_mailing(info.attempt))


def _waited() -> timedelta:
    """From the workflow's order to this attempt, by the server's clock."""
    info = activity.info()
    return max(info.started_time - info.scheduled_time, timedelta(0))
