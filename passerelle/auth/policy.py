"""Who may call what: one table for the whole API (SEC26). What is not in it is refused."""

from collections.abc import Mapping
from enum import StrEnum


class Scope(StrEnum):
    """What an API key allows."""

    READ = "read"
    REQUEST = "request"
    """What organizations and their admins do: submit, register, request."""
    OPERATE = "operate"
    """What the network's staff does: approve, plan, command."""


PUBLIC = None
"""No key is asked for."""

API = "/api/v1"

POLICY: Mapping[tuple[str, str], Scope | None] = {
    ("GET", "/livez"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", f"{API}/openapi.json"): PUBLIC,
    ("GET", "/api/docs"): PUBLIC,
    ("POST", f"{API}/organizations"): Scope.REQUEST,
    ("GET", f"{API}/organizations/{{organization_id}}"): Scope.READ,
    ("POST", f"{API}/organizations/{{organization_id}}/approval"): Scope.OPERATE,
    ("GET", f"{API}/programs"): Scope.READ,
    ("POST", f"{API}/programs"): Scope.REQUEST,
    ("GET", f"{API}/programs/{{program_id}}"): Scope.READ,
    ("POST", f"{API}/programs/{{program_id}}/approval"): Scope.OPERATE,
    ("GET", f"{API}/training-sessions"): Scope.READ,
    ("POST", f"{API}/training-sessions"): Scope.OPERATE,
    ("GET", f"{API}/training-sessions/{{session_id}}"): Scope.READ,
    ("POST", f"{API}/training-sessions/{{session_id}}/registrations"): Scope.REQUEST,
    ("DELETE", f"{API}/training-sessions/{{session_id}}/registrations/{{registration_id}}"): Scope.REQUEST,
    ("GET", f"{API}/onboardings"): Scope.READ,
    ("POST", f"{API}/onboardings"): Scope.REQUEST,
    ("GET", f"{API}/onboardings/{{onboarding_id}}"): Scope.READ,
    ("GET", f"{API}/onboardings/{{onboarding_id}}/timeline"): Scope.READ,
    ("POST", f"{API}/onboardings/{{onboarding_id}}/access-request"): Scope.REQUEST,
    ("POST", f"{API}/onboardings/{{onboarding_id}}/commands/correct-recipient"): Scope.OPERATE,
    ("POST", f"{API}/onboardings/{{onboarding_id}}/commands/{{command}}"): Scope.OPERATE,
}


def scope_for(method: str, route: str) -> Scope | None:
    """The scope that the route (its template, never the raw path) asks for; None for a public one.

    Raises KeyError for a route that nobody decided on: it must not answer.
    """
    return POLICY[method, route]
