"""Commands to a running onboarding (L5): a true yes or no at once, or 503 while Temporal is away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.answers import found
from api.dependencies import Configured, ExpectedVersion, Orchestrated, Stored, Transaction, WhoActs, WhoCalls
from api.guard import CommandRoute, GuardedRoute
from api.openapi import problems
from api.schemas_onboarding import OnboardingAnswer
from api.whole import whole_onboarding
from passerelle.auth.policy import API
from passerelle.domain.commands import Command
from passerelle.domain.errors import NotFound
from passerelle.domain.timeline import Actor, ActorKind
from passerelle.services import commands, corrections
from passerelle.services.access_request import reference_to_person
from passerelle.services.commands import CommandForm, Order
from passerelle.services.corrections import Correction, CorrectionForm

# In this order: the fact before the pattern that would take it for a command.
facts = APIRouter(prefix=API, route_class=GuardedRoute, tags=["commands"])
router = APIRouter(prefix=API, route_class=CommandRoute, tags=["commands"])

BY_TEMPORAL = {command.value: command for command in Command if command is not Command.CORRECT_RECIPIENT}


@facts.post(
    "/onboardings/{onboarding_id}/commands/correct-recipient",
    response_model=OnboardingAnswer,
    responses=problems(401, 403, 404, 409, 412, 422),
)
async def correct_recipient(
    onboarding_id: UUID,
    *,
    form: CorrectionForm,
    tx: Transaction,
    settings: Configured,
    temporal: Orchestrated,
    actor: WhoActs,
    expected_version: ExpectedVersion,
) -> Response:
    """Correct the designated person's name, phone or address; another name or address is invited anew (D3)."""
    requester = reference_to_person(form.requested_by)
    await corrections.correct(tx, settings, Correction(onboarding_id, form, actor, requester, expected_version))
    body = await whole_onboarding(tx, settings, temporal, onboarding_id)
    return found(body, version=body.version)


@router.post(
    "/onboardings/{onboarding_id}/commands/{command}",
    response_model=OnboardingAnswer,
    responses=problems(401, 403, 404, 409, 412, 422),
)
async def give_command(
    onboarding_id: UUID,
    command: str,
    *,
    database: Stored,
    settings: Configured,
    temporal: Orchestrated,
    caller: WhoCalls,
    expected_version: ExpectedVersion,
    form: CommandForm | None = None,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Order `retry`, `resend`, `extend` or `withdraw`; answered when it is carried out."""
    if command not in BY_TEMPORAL:
        raise NotFound("command_not_found")
    given = form or CommandForm()
    actor = Actor(ActorKind.OPERATOR, given.actor) if given.actor else Actor(ActorKind.INTEGRATOR, caller.name)
    key = f"{caller.key_id}:{idempotency_key}" if idempotency_key else None
    order = Order(onboarding_id, BY_TEMPORAL[command], actor, given.reason, key, expected_version)
    await commands.give(database, temporal, order)
    async with database.transaction() as tx:
        body = await whole_onboarding(tx, settings, temporal, onboarding_id)
    return found(body, version=body.version)
