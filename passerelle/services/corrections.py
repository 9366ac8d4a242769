"""The recipient is corrected (L5, D3): a fact, accepted also while Temporal is away."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import onboardings, requests
from passerelle.db.tables import Onboarding, Person
from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.errors import Forbidden, Invalid, Refused
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.domain.transitions import correct_recipient
from passerelle.services.changes import change_locked
from passerelle.services.faults import Code
from passerelle.services.fields import EmailAddress, Form, PersonName, PersonReference, Phone, Reason
from passerelle.settings import Settings

RECIPIENT = frozenset({"first_name", "last_name", "phone", "email"})
# The platform and the invitation carry these; the phone number stays with us.
INVITED_WITH = frozenset({"first_name", "last_name", "email"})


class CorrectionForm(Form):
    """What is to change about the designated person, at least one field; `requested_by` where an admin asked."""

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    phone: Phone | None = None
    email: EmailAddress | None = None
    reason: Reason = ""
    requested_by: Annotated[PersonReference | None, Field(examples=["jane.doe@example.com"])] = None


@dataclass(frozen=True)
class Correction:
    """A correction that is asked for. `requester` is a normalized address or an id, None for the `actor`."""

    onboarding_id: UUID
    form: CorrectionForm
    actor: Actor
    requester: str | None = None
    expected_version: int | None = None


async def correct(tx: AsyncSession, settings: Settings, correction: Correction) -> Facts:
    """Another name or address makes a new generation: its credential replaces the old one in this transaction.

    Another phone number is only recorded; the same values again change nothing. Raises NotFound,
    Forbidden("not_an_admin"), Invalid without any field, Refused("not_allowed_now", allowed=…) and
    Refused("version_changed").
    """
    onboarding_id, form = correction.onboarding_id, correction.form
    standing = await requests.standing(tx, onboarding_id, correction.requester, settings.request_scope)
    if form.requested_by is not None and not standing.may_request:
        raise Forbidden("not_an_admin")
    wanted = form.model_dump(include=set(RECIPIENT), exclude_none=True)
    if not wanted:
        raise Invalid({field: [Code.NOTHING_TO_CHANGE] for field in sorted(RECIPIENT)})
    _require_open_way(standing.onboarding, correction)
    actor = _actor(standing.requester) if standing.requester else correction.actor
    return await _write(tx, standing.onboarding, wanted, Entry(Event.RECIPIENT_CORRECTED, actor, reason=form.reason))


def _require_open_way(onboarding: Onboarding, correction: Correction) -> None:
    if correction.expected_version not in {None, onboarding.facts.version}:
        raise Refused("version_changed")
    allowed = allowed_commands(onboarding.facts)
    if Command.CORRECT_RECIPIENT not in allowed:
        raise Refused("not_allowed_now", allowed=[command for command in Command if command in allowed])


def _actor(requester: Person) -> Actor:
    return Actor(ActorKind.REQUESTER, f"{requester.first_name} {requester.last_name}")


async def _write(tx: AsyncSession, onboarding: Onboarding, wanted: Mapping[str, str], entry: Entry) -> Facts:
    request = await requests.locked(tx, onboarding.id)
    changed = {field for field, value in wanted.items() if getattr(request, field) != value}
    for field in changed:
        setattr(request, field, wanted[field])
    facts = onboarding.facts
    if changed & INVITED_WITH:
        facts = await change_locked(tx, onboarding, correct_recipient, entry, signal=Signal.RECIPIENT_CORRECTED)
        await requests.revoke_older_invitations(tx, onboarding.id, facts.generation)
    elif changed:
        onboardings.note(tx, onboarding, replace(entry, details={"changed": "phone"}), datetime.now(UTC))
    await tx.flush()
    return facts
