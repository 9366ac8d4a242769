"""What the OpenAPI description says beyond the routes' signatures."""

from collections.abc import Mapping
from http import HTTPStatus

from api.problems import MEDIA_TYPE, URN

_PROBLEM: Mapping[str, object] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": [f"{URN}invalid"]},
        "title": {"type": "string", "examples": ["Some fields are not right."]},
        "status": {"type": "integer", "examples": [422]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "examples": ["email"]},
                    "code": {"type": "string", "examples": ["email_invalid"]},
                    "message": {"type": "string", "examples": ["Enter an e-mail address such as name@example.com."]},
                },
            },
        },
    },
}

_Responses = dict[int | str, dict[str, object]]


def problems(*statuses: int) -> _Responses:
    """The problem+json answers of a route, for its description."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": dict(_PROBLEM)}}}
        for status in (*statuses, 400, 503)
    }
