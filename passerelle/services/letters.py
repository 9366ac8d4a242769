"""What each e-mail says, to whom and in whose name. Nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle import links
from passerelle.dates import long_date
from passerelle.db import mails
from passerelle.db.mails import Intent
from passerelle.db.onboardings import Case
from passerelle.db.tables import AccessRequest, MailRow, Person
from passerelle.domain import credentials
from passerelle.domain.errors import NotFound
from passerelle.i18n import Language, language_of
from passerelle.mail import templates
from passerelle.mail.compose import Message
from passerelle.settings import Settings


@dataclass(frozen=True)
class Letter:
    """An e-mail before it is written: what it is, its sender's display name, what its templates are filled with."""

    intent: Intent
    sender_name: str
    values: Mapping[str, object]


class Letters:
    """Writes letters from what the database holds; the credential is derived at that moment only (D3)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def invitation(self, tx: AsyncSession, case: Case, mailing: int) -> Letter:
        """S31-S33: to the designated person, in the program's name, with link and credential."""
        return await self._to_recipient(tx, case, "invitation", f"invitation:{mailing}")

    async def reminder(self, tx: AsyncSession, case: Case, number: int) -> Letter:
        """L4: the invitation once more, with the same link and credential."""
        return await self._to_recipient(tx, case, "reminder", self._reminder_key(case, number))

    async def requester_reminder(self, tx: AsyncSession, case: Case, number: int) -> Letter:
        """L4: tells the requester that the designated person has not signed in yet."""
        return self._to_requester(case, "requester_reminder", self._reminder_key(case, number))

    def news(self, case: Case, kind: str, key: str) -> Letter:
        """L8, L9: `welcome` goes to the designated person, everything else to the requester."""
        if kind == "welcome":
            request = requested(case)
            intent = self._intent(case, kind, key, request.email, request.language)
            return Letter(intent, request.program_title, self._values(case, request.language, request.first_name))
        return self._to_requester(case, kind, key)

    async def account_mail(self, tx: AsyncSession, token_id: UUID) -> Letter:
        """S35, S36: the link that unlocks an account or sets a forgotten password. Raises NotFound."""
        token, account = await mails.account_token(tx, token_id)
        language = language_of(account.language)
        secret = credentials.account_token(self._settings.key(), token_id)
        values = {
            **self._common(language),
            "first_name": account.first_name,
            "link": links.account_token(self._settings.url, language, token.purpose, secret),
            "expires_at": self._date(token.expires_at, language),
        }
        intent = Intent(f"account:{token_id}", token.purpose, account.email, language)
        return Letter(intent, self._settings.brand, values)

    def message(self, letter: Letter, mail: MailRow) -> Message:
        """The finished e-mail: the same for every try of the same ledger row."""
        language = language_of(letter.intent.language)
        content = templates.render(letter.intent.kind, language, letter.values)
        return Message(
            message_id=mail.message_id,
            date=mail.created_at,
            sender_name=letter.sender_name,
            sender=self._settings.mail_from,
            recipient=letter.intent.recipient,
            reply_to=self._settings.mail_reply_to,
            subject=content.subject,
            language=language,
            text=content.text,
            html=content.html,
        )

    async def _to_recipient(self, tx: AsyncSession, case: Case, kind: str, key: str) -> Letter:
        request, facts = requested(case), case.onboarding.facts
        language = language_of(request.language)
        secret, invitation = self._settings.key(), (case.onboarding.id, facts.generation)
        own_password = await mails.invited_account_has_password(tx, *invitation)
        values = {
            **self._values(case, language, request.first_name),
            "email": request.email,
            "link": links.invitation(self._settings.url, language, credentials.link_token(secret, *invitation)),
            "password": None if own_password else credentials.provided_password(secret, *invitation),
            "expires_at": self._date(facts.expires_at, language) if facts.expires_at else "",
        }
        return Letter(self._intent(case, kind, key, request.email, language), request.program_title, values)

    def _to_requester(self, case: Case, kind: str, key: str) -> Letter:
        requester = case.requester
        if requester is None:
            raise NotFound("not_requested")
        values = self._values(case, requester.language, requester.first_name)
        intent = self._intent(case, kind, key, requester.email, requester.language)
        return Letter(intent, self._settings.operator_name, values)

    def _values(self, case: Case, language: str, first_name: str) -> dict[str, object]:
        request, facts = requested(case), case.onboarding.facts
        tongue = language_of(language)
        return {
            **self._common(tongue),
            "first_name": first_name,
            "program_title": request.program_title,
            "recipient_name": full_name(request),
            "recipient_email": request.email,
            "requester_name": full_name(case.requester) if case.requester else "",
            "requested_at": self._date(request.requested_at, tongue),
            "cause": facts.cause.value if facts.cause else "",
            "awaiting_training": not facts.training_registered,
        }

    def _common(self, language: Language) -> dict[str, object]:
        settings = self._settings
        return {
            "brand": settings.brand,
            "operator_name": settings.operator_name,
            "support_site": settings.support_site,
            "postal_address": settings.postal_address,
            "platform_link": links.platform(settings.url, language),
        }

    def _intent(self, case: Case, kind: str, key: str, recipient: str, language: str) -> Intent:
        onboarding = case.onboarding
        dedupe_key = f"{onboarding.id}:{key}"
        return Intent(dedupe_key, kind, recipient, language, onboarding.id, onboarding.facts.generation)

    def _reminder_key(self, case: Case, number: int) -> str:
        return f"reminder:{case.onboarding.facts.mailing}:{number}"

    def _date(self, at: datetime, language: Language) -> str:
        return long_date(at, language, self._settings.time_zone)


def requested(case: Case) -> AccessRequest:
    """The request, which every mail presupposes. Raises NotFound."""
    if case.request is None:
        raise NotFound("not_requested")
    return case.request


def full_name(person: AccessRequest | Person) -> str:
    return f"{person.first_name} {person.last_name}"
