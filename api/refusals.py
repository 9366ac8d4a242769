"""What a refusal shows of the thing that is in the way."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api.collaborators import settings_of
from api.problems import Problem
from api.schemas import RegistrationAnswer
from api.schemas_onboarding import NoticeAnswer
from passerelle.db import trainings
from passerelle.domain.errors import Refused
from passerelle.services import notice


async def detailed(tx: AsyncSession, request: Request, problem: Problem, refusal: Exception) -> Problem:
    """The problem with the notice of the request in the way (S27), or the seat that exists already."""
    if not isinstance(refusal, Refused):
        return problem
    return replace(problem, members={**problem.members, **await _members(tx, request, refusal)})


async def _members(tx: AsyncSession, request: Request, refusal: Refused) -> Mapping[str, object]:
    if refusal.code == "already_requested":
        found = await notice.of_refusal(tx, settings_of(request), refusal)
        return {"notice": NoticeAnswer.of(found).model_dump(mode="json")} if found else {}
    seat_id = refusal.details.get("registration_id")
    seat = await trainings.seat(tx, seat_id) if isinstance(seat_id, UUID) else None
    return {"registration": RegistrationAnswer.of(seat).model_dump(mode="json")} if seat else {}
