"""What the OpenAPI description says beyond the routes' signatures."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from api.problems import MEDIA_TYPE, URN
from passerelle.auth.policy import POLICY, Scope

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

_SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, made by `python -m passerelle apikey create`: `Authorization: Bearer psl_…`",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat the same request with the same key to get the same answer",
    "schema": {"type": "string", "maxLength": 200, "examples": ["3f1c5d0e-6c1b-4b0e-9a8f-2f6f1f0c9b7a"]},
}

_Responses = dict[int | str, dict[str, object]]


def problems(*statuses: int) -> _Responses:
    """The problem+json answers of a route, for its description."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": dict(_PROBLEM)}}}
        for status in (*statuses, 400, 422, 503)
    }


def describe(app: FastAPI) -> None:
    """Add to the generated description what the guard does for every route: keys, repetition, versions."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schema.setdefault("components", {})["securitySchemes"] = {"key": _SECURITY}
            for (method, path), scope in POLICY.items():
                if scope is not None:
                    _complete(schema["paths"][path][method.lower()], method, scope)
        return generate()

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _complete(operation: dict[str, Any], method: str, scope: Scope) -> None:
    operation["security"] = [{"key": []}]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()
    parameters = operation.setdefault("parameters", [])
    if method == "POST" and not any(known["name"].lower() == "idempotency-key" for known in parameters):
        parameters.append(_IDEMPOTENCY_KEY)
