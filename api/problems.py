"""Answers that say no: problem+json (RFC 9457) in the caller's language, never with what was sent (trap 3)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.problem_kinds import (
    COMMAND_REFUSED,
    FAILURE,
    INVALID,
    MALFORMED,
    MEDIA,
    METHOD,
    NOT_DECIDED,
    NOT_FOUND,
    REFUSALS,
    TEMPORAL_AWAY,
    TOO_LARGE,
    UNAUTHENTICATED,
    Kind,
)
from passerelle.domain.errors import Forbidden, Invalid, NotFound, Refused
from passerelle.i18n import Language, preferred, say
from passerelle.orchestration import Unavailable
from passerelle.services.api_keys import Unauthenticated
from passerelle.services.faults import code_of, sentence

MEDIA_TYPE = "application/problem+json"
URN = "urn:passerelle:problem:"
RETRY_AFTER_SECONDS = "5"

_Headers = Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """One problem. `members` are its extension members (RFC 9457, 3.2)."""

    kind: Kind
    members: Mapping[str, object] = field(default_factory=dict)
    headers: _Headers = field(default_factory=dict)


_BY_STATUS: Mapping[int, Kind] = {
    kind.status: kind for kind in (MALFORMED, NOT_FOUND, METHOD, TOO_LARGE, MEDIA, FAILURE, NOT_DECIDED)
}


def of_exception(error: Exception, language: Language) -> Problem:
    """The problem that an exception means. What we do not know is a failure of ours."""
    match error:
        case RequestValidationError():
            return of_validation(error, language)
        case HTTPException():
            return of_status(error.status_code, dict(error.headers or {}))
        case Unavailable():
            return Problem(TEMPORAL_AWAY, headers={"Retry-After": RETRY_AFTER_SECONDS})
        case Refused():
            return of_refusal(error, language)
        case _:
            return Problem(FAILURE)


def of_refusal(refused: Refused, language: Language) -> Problem:
    """What the services refuse."""
    match refused:
        case Invalid():
            return Problem(INVALID, {"errors": _errors(refused.fields, language)})
        case NotFound():
            return Problem(NOT_FOUND)
        case Unauthenticated():
            return Problem(UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="passerelle"'})
        case _ if refused.code in REFUSALS:
            return Problem(REFUSALS[refused.code], _members(refused))
        case Forbidden():
            return Problem(NOT_DECIDED)
        case _:
            return Problem(COMMAND_REFUSED, {"code": refused.code, "allowed_commands": _names(refused, "allowed")})


def of_validation(error: RequestValidationError, language: Language) -> Problem:
    """FastAPI's findings as ours: where, which code, which sentence; never the input."""
    fields: dict[str, list[str]] = {}
    for fault in error.errors():
        if fault["type"] == "json_invalid":
            return Problem(MALFORMED)
        _, *path = fault["loc"]
        name = ".".join(str(part) for part in path) or "body"
        fields.setdefault(name, []).append(code_of(fault["type"], name))
    return Problem(INVALID, {"errors": _errors(fields, language)})


def of_status(status: int, headers: _Headers | None = None) -> Problem:
    """What the framework refuses by itself."""
    known = _BY_STATUS.get(status) or (FAILURE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else MALFORMED)
    return Problem(known, headers=headers or {})


def answer(problem: Problem, language: Language) -> Response:
    """The problem as an answer."""
    kind = problem.kind
    body = {
        "type": URN + kind.slug,
        "title": say(language, kind.title),
        "status": kind.status,
        "detail": say(language, kind.detail),
        **problem.members,
    }
    headers = {"Content-Language": language, "Vary": "Accept-Language", **problem.headers}
    content = json.dumps(body, ensure_ascii=False, default=str)
    return Response(content, kind.status, headers, media_type=MEDIA_TYPE)


def language_of_caller(request: Request) -> Language:
    """French comes first where the caller does not say."""
    return preferred(request.headers.get("accept-language", ""))


def _members(refused: Refused) -> dict[str, object]:
    if refused.code == "gates_missing":
        return {"missing_gates": _names(refused, "gates")}
    return {"scope": refused.details["scope"]} if refused.code == "scope_missing" else {}


def _names(refused: Refused, member: str) -> list[str]:
    found = refused.details.get(member, ())
    return [str(name) for name in found] if isinstance(found, Sequence) else []


def _errors(fields: Mapping[str, Sequence[str]], language: Language) -> list[dict[str, str]]:
    return [
        {"field": name, "code": str(code), "message": sentence(code, language)}
        for name, codes in fields.items()
        for code in codes
    ]
