"""The pinned notice (S26-S30): its slots in the seed's order, its last line the true present state (L7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.dates import long_date_and_time
from passerelle.db import onboardings, requests
from passerelle.db.onboardings import Case
from passerelle.db.tables import AccessRequest, Onboarding, Person
from passerelle.domain.errors import Refused
from passerelle.domain.stages import Cause, Stage
from passerelle.i18n import Language, marked, say
from passerelle.settings import Settings

REQUESTED = marked("Access to the virtual mentoring platform was requested for “%(entity)s”.")
ADDRESSED = marked(
    "The invitation is for %(recipient)s (%(email)s), at the request of %(requester)s (%(requester_email)s), "
    "on %(when)s; no second request is needed."
)
JUNK = marked(
    "If no e-mail from %(brand)s arrives at %(email)s, look in the junk folder. "
    "If it is not there, %(support_site)s will help."
)

SIGNED_IN = "signed_in"
STATES: Mapping[str, str] = {
    Stage.AWAITING_TRAINING: marked(
        "Now: the invitation will be sent once the organization is registered for a training session."
    ),
    Stage.PROVISIONING: marked("Now: the account is being made."),
    Stage.INVITING: marked("Now: the invitation is being sent."),
    Stage.AWAITING_REGISTRATION: marked("Now: the invitation was sent on %(since)s and has not been used yet."),
    SIGNED_IN: marked("Now: %(recipient)s signed in on %(since)s and still has to choose a password."),
    Stage.COMPLETED: marked("Now: on %(since)s %(recipient)s finished registering."),
    Stage.WITHDRAWN: marked("Now: on %(since)s the request was withdrawn."),
    Stage.LAPSED: marked("Now: the request lapsed on %(since)s, because the invitation was not used."),
    Cause.PROVISIONING_FAILED: marked("Now: the account could not be made; the network’s staff has been told."),
    Cause.INVITATION_FAILED: marked("Now: the invitation could not be sent."),
    Cause.BOUNCED: marked("Now: the invitation could not be delivered to this address."),
    Cause.EXPIRED: marked("Now: the invitation expired on %(since)s without having been used."),
}


@dataclass(frozen=True)
class Notice:
    """S28's slots in order. `entity` is a name per language; `state` is a stage, a cause or `signed_in`."""

    entity: Mapping[Language, str]
    recipient_name: str
    recipient_email: str
    requester_name: str
    requester_email: str
    requested_at: datetime
    brand: str
    support_site: str
    state: str
    since: datetime
    time_zone: str

    def lines(self, language: Language) -> list[str]:
        """The notice's sentences, the present state last."""
        values = {
            "entity": self.entity[language],
            "recipient": self.recipient_name,
            "email": self.recipient_email,
            "requester": self.requester_name,
            "requester_email": self.requester_email,
            "when": long_date_and_time(self.requested_at, language, self.time_zone),
            "brand": self.brand,
            "support_site": self.support_site,
            "since": long_date_and_time(self.since, language, self.time_zone),
        }
        return [say(language, line, **values) for line in (REQUESTED, ADDRESSED, JUNK, STATES[self.state])]


async def of_onboarding(tx: AsyncSession, settings: Settings, case: Case) -> Notice | None:
    """The notice of this onboarding as things stand; None before a request."""
    if case.request is None:
        return None
    signed_in_at = None
    if case.onboarding.stage is Stage.AWAITING_REGISTRATION:
        signed_in_at = await requests.signed_in_at(tx, case.onboarding)
    return notice(settings, case, signed_in_at)


async def of_refusal(tx: AsyncSession, settings: Settings, refused: Refused) -> Notice | None:
    """S27: the notice of the request that is in the way of one refused as `already_requested`."""
    onboarding_id, scope = refused.details.get("onboarding_id"), refused.details.get("scope")
    if isinstance(scope, UUID):
        blocker = await onboardings.blocking(tx, scope)
        onboarding_id = blocker.id if blocker else None
    if not isinstance(onboarding_id, UUID):
        return None
    return await of_onboarding(tx, settings, await onboardings.case(tx, onboarding_id))


def notice(settings: Settings, case: Case, signed_in_at: datetime | None = None) -> Notice | None:
    """The notice without a look at the database; None before a request."""
    request, requester = case.request, case.requester
    if request is None or requester is None:
        return None
    state, since = _state(case.onboarding, request, signed_in_at)
    return Notice(
        entity=_entity(settings, case),
        recipient_name=_name(request),
        recipient_email=request.email,
        requester_name=_name(requester),
        requester_email=requester.email,
        requested_at=request.requested_at,
        brand=settings.brand,
        support_site=settings.support_site,
        state=state,
        since=since,
        time_zone=settings.time_zone,
    )


def _entity(settings: Settings, case: Case) -> Mapping[Language, str]:
    """What the request blocks (D1): the organization, or the program alone; in the one language it has."""
    by_program = settings.request_scope == "program"
    french = case.program.title_fr if by_program else case.organization.name_fr
    english = case.program.title_en if by_program else case.organization.name_en
    return {"fr": french or english, "en": english or french}


def _state(onboarding: Onboarding, request: AccessRequest, signed_in_at: datetime | None) -> tuple[str, datetime]:
    facts = onboarding.facts
    if signed_in_at:
        return SIGNED_IN, signed_in_at
    if onboarding.stage is Stage.NEEDS_ATTENTION and facts.cause:
        return facts.cause, facts.attention_at or onboarding.changed_at
    ended_at = facts.registered_at or facts.withdrawn_at or facts.lapsed_at
    return onboarding.stage, ended_at or facts.invited_at or request.requested_at


def _name(person: AccessRequest | Person) -> str:
    return f"{person.first_name} {person.last_name}"
