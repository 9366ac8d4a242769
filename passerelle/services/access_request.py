"""The form A-E and the request that it makes, once (S1, S5, S17-S27, D1, D2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import AfterValidator, ValidationInfo
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.addresses import normalized
from passerelle.db import requests
from passerelle.db.onboardings import Case
from passerelle.db.requests import Standing
from passerelle.db.tables import AccessRequest, Logo, Person, Program
from passerelle.domain.errors import Forbidden, Invalid, Refused
from passerelle.domain.gates import Gate, GateState, missing_gates
from passerelle.domain.signals import Signal
from passerelle.domain.stages import ENDS
from passerelle.domain.texts import clean
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.domain.transitions import request_access as requested
from passerelle.files import StoredLogo
from passerelle.services.changes import change_locked
from passerelle.services.faults import Code, wrong
from passerelle.services.fields import (
    Accepted,
    EmailAddress,
    Form,
    LanguageOfChoice,
    PersonName,
    PersonReference,
    Phone,
    Title,
    filled,
)
from passerelle.settings import Settings

MAXIMUM_FILE_NAME = 200


def _same_title(title: str, info: ValidationInfo) -> str:
    if title not in (info.context or {})["titles"]:
        raise wrong(Code.TITLE_DIFFERS)
    return title


class AccessRequestForm(Form):
    """The one validation of the form, for pages and API. Fill it in with `filled_in`, which knows the titles."""

    program_title: Annotated[Title, AfterValidator(_same_title)]
    """S18: equal to the program's French or English title."""
    first_name: PersonName
    last_name: PersonName
    phone: Phone
    email: EmailAddress
    language: LanguageOfChoice
    accept_terms: Accepted = False


class AccessRequestByApi(AccessRequestForm):
    """Through the API the requester is named; on the pages it is whoever is signed in."""

    requested_by: PersonReference


@dataclass(frozen=True)
class NamedLogo:
    """A stored logo and what the person's file was called."""

    stored: StoredLogo
    name: str


@dataclass(frozen=True)
class Submission:
    """A form as it arrived. `requester` is an address or an id; `faults` were found before (the logo's)."""

    onboarding_id: UUID
    requester: str | None
    values: Mapping[str, object]
    form: type[AccessRequestForm] = AccessRequestForm
    logo: NamedLogo | None = None
    faults: Mapping[str, list[str]] = field(default_factory=dict)
    may_come_before_training: bool = False
    """D2: on the pages training is a hard gate; through the API events arrive in any order."""


async def request_access(tx: AsyncSession, settings: Settings, submission: Submission) -> Case:
    """One submit is one request (S25): facts, form, timeline and outbox row in this transaction.

    Raises NotFound; Forbidden("not_an_admin") (S1); Invalid with every wrong field;
    Refused("gates_missing", gates=…) naming all of them (S5); Refused("already_requested", onboarding_id=… or
    scope=…), for which `notice.of_refusal` has the notice (S27); Refused("ended").
    """
    standing = await requests.standing(tx, submission.onboarding_id, submission.requester, settings.request_scope)
    if submission.requester:
        # Before anything else: somebody who may not ask learns nothing about the form.
        _admin(standing)
    form = _judged(standing, submission)
    requester = _admin(standing)
    _require_open_way(standing, submission)
    request = await _write(tx, settings, standing, form, submission.logo)
    return Case(standing.onboarding, standing.program, standing.organization, request, requester)


def filled_in(form: type[AccessRequestForm], values: object, titles: Collection[str]) -> AccessRequestForm:
    """The form with these values; `titles` are the program's. Raises Invalid naming every wrong field."""
    return filled(form, values, {"titles": titles})


def reference_to_person(typed: object) -> str | None:
    """A normalized address or an id; None for what can be neither, which is nobody."""
    if not isinstance(typed, str):
        return None
    try:
        return normalized(typed)
    except ValueError:
        return _id_in(typed)


def titles_of(program: Program) -> list[str]:
    """The program's titles that are filled in (S15)."""
    return [title for title in (program.title_fr, program.title_en) if title]


def _id_in(typed: str) -> str | None:
    try:
        return str(UUID(typed.strip()))
    except ValueError:
        return None


def _judged(standing: Standing, submission: Submission) -> AccessRequestForm:
    try:
        form = filled_in(submission.form, submission.values, titles_of(standing.program))
    except Invalid as invalid:
        raise Invalid({**invalid.fields, **submission.faults}) from None
    if submission.faults:
        raise Invalid(submission.faults)
    return form


def _admin(standing: Standing) -> Person:
    if standing.requester is None or not standing.may_request:
        raise Forbidden("not_an_admin")
    return standing.requester


def _require_open_way(standing: Standing, submission: Submission) -> None:
    onboarding = standing.onboarding
    if onboarding.stage in ENDS:
        raise Refused("ended")
    if onboarding.facts.requested:
        raise Refused("already_requested", onboarding_id=onboarding.id)
    state = GateState(standing.organization.status, standing.program.status, onboarding.facts.training_registered)
    missing = missing_gates(state)
    tolerated = {Gate.TRAINING_REGISTERED} if submission.may_come_before_training else set()
    if set(missing) - tolerated:
        raise Refused("gates_missing", gates=missing)
    if standing.blocked_by:
        raise Refused("already_requested", onboarding_id=standing.blocked_by)


async def _write(
    tx: AsyncSession, settings: Settings, standing: Standing, form: AccessRequestForm, logo: NamedLogo | None
) -> AccessRequest:
    onboarding, requester, at = standing.onboarding, _admin(standing), datetime.now(UTC)
    scope = standing.program.id if settings.request_scope == "program" else standing.organization.id
    onboarding.blocks = scope
    request = AccessRequest(
        onboarding_id=onboarding.id,
        requester_id=requester.id,
        requested_at=at,
        logo_id=await _logo_row(tx, logo) if logo else None,
        terms_version=settings.terms_version,
        **form.model_dump(include=set(AccessRequestForm.model_fields) - {"accept_terms"}),
    )
    actor = Actor(ActorKind.REQUESTER, f"{requester.first_name} {requester.last_name}")
    entry = Entry(Event.ACCESS_REQUESTED, actor)
    await change_locked(tx, onboarding, requested, entry, signal=Signal.ACCESS_REQUESTED)
    if not await requests.put(tx, request):
        # Another request of the same organization committed between our look and our write (F23).
        raise Refused("already_requested", scope=scope)
    return request


async def _logo_row(tx: AsyncSession, logo: NamedLogo) -> UUID:
    row = Logo(
        id=uuid4(),
        name="".join(letter for letter in clean(logo.name) if letter.isprintable())[:MAXIMUM_FILE_NAME],
        sha256=logo.stored.sha256,
        width=logo.stored.width,
        height=logo.stored.height,
    )
    tx.add(row)
    await tx.flush()
    return row.id
