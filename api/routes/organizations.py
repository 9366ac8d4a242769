"""/organizations: submitted, read, decided on (S2)."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import created, found
from api.dependencies import Transaction
from api.guard import GuardedRoute
from api.openapi import problems
from api.schemas import OrganizationAnswer
from passerelle.auth.policy import API
from passerelle.db import organizations as rows
from passerelle.services import organizations
from passerelle.services.organizations import OrganizationForm, ReviewForm

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["organizations"])


@router.post("/organizations", status_code=201, response_model=OrganizationAnswer, responses=problems(401, 403, 422))
async def submit_organization(form: OrganizationForm, tx: Transaction) -> Response:
    """Submit an organization; it waits for the network's staff."""
    organization = await organizations.submit(tx, form)
    return created(OrganizationAnswer.of(organization), f"{API}/organizations/{organization.id}")


@router.get("/organizations/{organization_id}", response_model=OrganizationAnswer, responses=problems(401, 403, 404))
async def read_organization(organization_id: UUID, tx: Transaction) -> Response:
    """Read an organization."""
    return found(OrganizationAnswer.of(await rows.one(tx, organization_id)))


@router.post(
    "/organizations/{organization_id}/approval",
    response_model=OrganizationAnswer,
    responses=problems(401, 403, 404, 422),
)
async def review_organization(organization_id: UUID, tx: Transaction, form: ReviewForm | None = None) -> Response:
    """Approve, decline or pause an organization; without a body it is approved."""
    return found(OrganizationAnswer.of(await organizations.review(tx, organization_id, form or ReviewForm())))
