"""/programs: submitted, listed, decided on; an approval starts the onboarding (S3, S9-S13, L1)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import created, found
from api.dependencies import Configured, Cursor, Limit, Transaction, WhoActs
from api.guard import GuardedRoute
from api.openapi import problems
from api.schemas import ProgramAnswer, ProgramsAnswer
from passerelle.auth.policy import API
from passerelle.db import programs as rows
from passerelle.domain.gates import ReviewStatus
from passerelle.services import programs
from passerelle.services.organizations import ReviewForm
from passerelle.services.programs import ProgramForm

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["programs"])


@router.post("/programs", status_code=201, response_model=ProgramAnswer, responses=problems(401, 403, 422))
async def submit_program(form: ProgramForm, tx: Transaction) -> Response:
    """Submit a program of an organization; it waits for the network's staff."""
    submitted = await programs.submit(tx, form)
    return created(ProgramAnswer.of(submitted), f"{API}/programs/{submitted.program.id}")


@router.get("/programs", response_model=ProgramsAnswer, responses=problems(401, 403, 422))
async def list_programs(
    tx: Transaction,
    status: Annotated[ReviewStatus | None, Query(description="Only programs of this status")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response:
    """List programs, the newest first, with their total."""
    listing = await programs.listing(tx, status, cursor, limit)
    items = [ProgramAnswer.of(row) for row in listing.page.rows]
    return found(ProgramsAnswer(items=items, next_cursor=listing.page.next_cursor, total=listing.total))


@router.get("/programs/{program_id}", response_model=ProgramAnswer, responses=problems(401, 403, 404))
async def read_program(program_id: UUID, tx: Transaction) -> Response:
    """Read a program."""
    return found(ProgramAnswer.of(await rows.one(tx, program_id)))


@router.post("/programs/{program_id}/approval", response_model=ProgramAnswer, responses=problems(401, 403, 404, 422))
async def review_program(
    program_id: UUID, tx: Transaction, settings: Configured, actor: WhoActs, form: ReviewForm | None = None
) -> Response:
    """Approve, decline or pause a program; without a body it is approved. An approval starts its onboarding."""
    return found(ProgramAnswer.of(await programs.review(tx, settings, program_id, form or ReviewForm(), actor)))
