"""/onboardings: started once per program, listed, read, told (L1, L10, O2)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import created, found
from api.dependencies import Configured, Cursor, Limit, Orchestrated, Transaction, WhoActs
from api.guard import GuardedRoute
from api.openapi import problems
from api.schemas import Listed
from api.schemas_onboarding import (
    OnboardingAnswer,
    OnboardingItem,
    StepAnswer,
    TimelineAnswer,
    TimelineItem,
    TurnAnswer,
    item,
)
from api.whole import whole_onboarding
from passerelle.auth.policy import API
from passerelle.domain.stages import Stage
from passerelle.services import onboardings
from passerelle.services.fields import Form
from passerelle.services.outlook import outlook

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["onboardings"])


class StartForm(Form):
    """Which program is to be onboarded."""

    program_id: UUID


@router.post(
    "/onboardings",
    status_code=201,
    response_model=OnboardingAnswer,
    responses={
        200: {"model": OnboardingAnswer, "description": "It was started before"},
        **problems(401, 403, 409, 422),
    },
)
async def start_onboarding(
    form: StartForm, tx: Transaction, settings: Configured, temporal: Orchestrated, actor: WhoActs
) -> Response:
    """Start the onboarding of an approved program; started twice it is the same one (L1)."""
    onboarding, is_new = await onboardings.start(tx, settings, form.program_id, actor)
    body = await whole_onboarding(tx, settings, temporal, onboarding.id)
    if not is_new:
        return found(body, version=body.version)
    return created(body, f"{API}/onboardings/{onboarding.id}", version=body.version)


@router.get("/onboardings", response_model=Listed[OnboardingItem], responses=problems(401, 403, 422))
async def list_onboardings(
    tx: Transaction,
    settings: Configured,
    stage: Annotated[Stage | None, Query(description="Only onboardings in this stage")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response:
    """List onboardings, in a fixed order."""
    page = await onboardings.listing(tx, stage, cursor, limit)
    items = [item(case, settings.time_zone) for case in page.rows]
    return found(Listed[OnboardingItem](items=items, next_cursor=page.next_cursor))


@router.get("/onboardings/{onboarding_id}", response_model=OnboardingAnswer, responses=problems(401, 403, 404))
async def read_onboarding(
    onboarding_id: UUID, tx: Transaction, settings: Configured, temporal: Orchestrated
) -> Response:
    """Read one onboarding: stage, who is next, what happens next and when, which commands are allowed."""
    body = await whole_onboarding(tx, settings, temporal, onboarding_id)
    return found(body, version=body.version)


@router.get("/onboardings/{onboarding_id}/timeline", response_model=TimelineAnswer, responses=problems(401, 403, 404))
async def read_timeline(onboarding_id: UUID, tx: Transaction, settings: Configured) -> Response:
    """Read what happened to an onboarding, in plain words, in both languages."""
    case, entries = await onboardings.timeline(tx, onboarding_id)
    ahead = outlook(case)
    return found(
        TimelineAnswer(
            items=[TimelineItem.of(entry) for entry in entries],
            who_is_next=TurnAnswer.of(ahead.turn),
            next_step=StepAnswer.of(ahead.step, settings.time_zone) if ahead.step else None,
        ),
        version=case.onboarding.facts.version,
    )
