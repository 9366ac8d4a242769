"""How long a browser stays signed in, and the cookie that says so (S37, SEC16-SEC18)."""

import secrets
from datetime import timedelta

ID_BYTES = 32
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
"""« Rester connecté »: until then, however seldom the person comes."""
ALREADY_DONE = timedelta(minutes=5)
"""How long the session that finished a registration can still be told so (F20)."""


def new_session_id() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(ID_BYTES)


def lifetime(*, persistent: bool) -> timedelta:
    """From sign-in to the end of the session, whatever happens in between."""
    return REMEMBERED if persistent else ABSOLUTE


def cookie_name(*, secure: bool) -> str:
    """The `__Host-` prefix binds a cookie to this host, but browsers take it over https only."""
    return "__Host-passerelle_platform" if secure else "passerelle_platform"
