"""The access request, as JSON or as a form with the logo (S17-S27, D2)."""

from collections.abc import Mapping
from json import JSONDecodeError
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.answers import accepted
from api.collaborators import logos_of
from api.dependencies import Configured, Orchestrated, Transaction
from api.guard import GuardedRoute
from api.openapi import problems
from api.schemas_onboarding import OnboardingAnswer
from api.whole import described
from passerelle.auth.policy import API
from passerelle.domain.errors import Invalid, Refused
from passerelle.services import access_request, notice
from passerelle.services.access_request import AccessRequestByApi, NamedLogo, Submission, reference_to_person
from passerelle.services.faults import Code

LOGO = "logo"
MAXIMUM_FIELDS = 20
MAXIMUM_FIELD_BYTES = 16_384
MULTIPART = "multipart/form-data"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": AccessRequestByApi.model_json_schema()},
            MULTIPART: {
                "schema": {
                    **AccessRequestByApi.model_json_schema(),
                    "properties": {
                        **AccessRequestByApi.model_json_schema()["properties"],
                        LOGO: {"type": "string", "format": "binary"},
                    },
                }
            },
        },
    }
}


class FormRoute(GuardedRoute):
    """Reads a form and makes its logo safe before the transaction, which must not wait for a picture."""

    @override
    def needs_preparation(self, request: Request) -> bool:
        return media_type(request) == MULTIPART

    @override
    async def prepare(self, request: Request) -> None:
        request.state.form = await read_form(request)


router = APIRouter(prefix=API, route_class=FormRoute, tags=["onboardings"])


@router.post(
    "/onboardings/{onboarding_id}/access-request",
    status_code=202,
    response_model=OnboardingAnswer,
    responses=problems(401, 403, 404, 409, 413, 415, 422),
    openapi_extra=_BODY,
)
async def request_access(
    onboarding_id: UUID, request: Request, tx: Transaction, settings: Configured, temporal: Orchestrated
) -> Response:
    """Request access for the designated person. Without training it is kept and waits (D2)."""
    values, logo, faults = await _submitted(request)
    submission = Submission(
        onboarding_id,
        requester=reference_to_person(values.get("requested_by")),
        values=values,
        form=AccessRequestByApi,
        logo=logo,
        faults=faults,
        may_come_before_training=True,
    )
    case = await access_request.request_access(tx, settings, submission)
    body = described(settings, temporal, case, notice.notice(settings, case))
    return accepted(body, f"{API}/onboardings/{onboarding_id}", body.version)


_Form = tuple[Mapping[str, object], NamedLogo | None, Mapping[str, list[str]]]


async def read_form(request: Request) -> _Form:
    """The fields of a multipart form, its logo stored, and what is wrong with the logo."""
    async with request.form(max_files=1, max_fields=MAXIMUM_FIELDS, max_part_size=MAXIMUM_FIELD_BYTES) as form:
        values: dict[str, object] = {name: value for name, value in form.items() if name != LOGO}
        upload = form.get(LOGO)
        if isinstance(upload, str) and upload:
            return values, None, {LOGO: [Code.LOGO_NOT_AN_IMAGE]}
        if not isinstance(upload, UploadFile) or not upload.filename:
            # What a browser sends for a file that was not chosen.
            return values, None, {}
        try:
            stored = await logos_of(request).put(await upload.read())
        except Refused as refused:
            return values, None, {LOGO: [refused.code]}
        return values, NamedLogo(stored, upload.filename), {}


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _submitted(request: Request) -> _Form:
    if media_type(request) == MULTIPART:
        form: _Form = request.state.form
        return form
    if media_type(request) != "application/json":
        raise HTTPException(415)
    return await _json(request), None, {}


async def _json(request: Request) -> Mapping[str, object]:
    try:
        values = await request.json()
    except (JSONDecodeError, UnicodeDecodeError, ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(values, dict):
        raise Invalid({"body": [Code.MALFORMED]})
    return values
