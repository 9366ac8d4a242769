"""/training-sessions and the seats in them (S4, L2, T4, T6)."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import created, found, gone
from api.dependencies import Cursor, Limit, Transaction, WhoActs
from api.guard import GuardedRoute
from api.openapi import problems
from api.schemas import Listed, RegistrationAnswer, TrainingSessionAnswer
from passerelle.auth.policy import API
from passerelle.db import trainings as rows
from passerelle.services import trainings
from passerelle.services.trainings import RegistrationForm, TrainingSessionForm

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["training"])


@router.post(
    "/training-sessions", status_code=201, response_model=TrainingSessionAnswer, responses=problems(401, 403, 422)
)
async def plan_session(form: TrainingSessionForm, tx: Transaction) -> Response:
    """Plan a training session."""
    planned = await trainings.plan(tx, form)
    return created(TrainingSessionAnswer.of(planned), f"{API}/training-sessions/{planned.session.id}")


@router.get("/training-sessions", response_model=Listed[TrainingSessionAnswer], responses=problems(401, 403, 422))
async def list_sessions(tx: Transaction, cursor: Cursor = "", limit: Limit = 50) -> Response:
    """List training sessions, the latest start first, with how many seats are taken."""
    page = await trainings.listing(tx, cursor, limit)
    items = [TrainingSessionAnswer.of(row) for row in page.rows]
    return found(Listed[TrainingSessionAnswer](items=items, next_cursor=page.next_cursor))


@router.get("/training-sessions/{session_id}", response_model=TrainingSessionAnswer, responses=problems(401, 403, 404))
async def read_session(session_id: UUID, tx: Transaction) -> Response:
    """Read a training session."""
    return found(TrainingSessionAnswer.of(await rows.one(tx, session_id)))


@router.post(
    "/training-sessions/{session_id}/registrations",
    status_code=201,
    response_model=RegistrationAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def register(session_id: UUID, form: RegistrationForm, tx: Transaction, actor: WhoActs) -> Response:
    """Take a seat for an organization; its onboardings go on by themselves."""
    seat = await trainings.register(tx, session_id, form.organization_id, actor)
    return created(RegistrationAnswer.of(seat), f"{API}/training-sessions/{session_id}/registrations/{seat.id}")


@router.delete(
    "/training-sessions/{session_id}/registrations/{registration_id}",
    status_code=204,
    responses=problems(401, 403, 404),
)
async def cancel(session_id: UUID, registration_id: UUID, tx: Transaction, actor: WhoActs) -> Response:
    """Give a seat back; without another one the organization's training gate closes."""
    await trainings.cancel(tx, session_id, registration_id, actor)
    return gone()
