"""What the platform's pages share: their collaborators, and who is signed in (S42, SEC5)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from passerelle.auth.lockout import Lockout
from passerelle.auth.passwords import Passwords
from passerelle.auth.sessions import REMEMBERED, cookie_name
from passerelle.db.database import Database
from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.invitations import InvitationState
from passerelle.domain.passwords import PasswordPolicy
from passerelle.services import platform_sessions
from passerelle.services.platform_sessions import Opened
from passerelle.services.platform_sign_in import Authenticator
from passerelle.settings import Settings
from web.pages import language_of_request, redirect, render
from web.paths import Page
from web.platform_sentences import notice_sentence

View = Callable[[Request], Awaitable[Response]]
SignedInView = Callable[[Request, SignedIn], Awaitable[Response]]
GONE = 410


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def passwords_of(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


def lockout_of(request: Request) -> Lockout:
    settings = settings_of(request)
    return Lockout(settings.lockout_tries, timedelta(minutes=settings.lockout_minutes))


def policy_of(request: Request) -> PasswordPolicy:
    """S39: the platform's rule, or a stricter one of this installation."""
    return PasswordPolicy(settings_of(request).password_minimum_length)


def authenticator_of(request: Request) -> Authenticator:
    key = settings_of(request).key()
    return Authenticator(database_of(request), passwords_of(request), lockout_of(request), key)


def session_id_of(request: Request) -> str | None:
    return request.cookies.get(cookie_name(secure=settings_of(request).secure_cookies))


def notice_of(request: Request) -> str:
    """What a redirect left to say."""
    return notice_sentence(request.query_params.get("notice", ""), language_of_request(request))


async def visitor(request: Request) -> SignedIn | None:
    """Who is signed in on this browser."""
    session_id = session_id_of(request)
    return await platform_sessions.find(database_of(request), session_id) if session_id else None


def signed_in(view: SignedInView) -> View:
    """The view for somebody who is signed in and has no registration to finish; else the way there (S42)."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        person = await visitor(request)
        if person is None:
            return _to_sign_in(request)
        if person.registration is None:
            return await view(request, person)
        if person.registration.state is InvitationState.LIVE:
            return redirect(request, Page.SETTINGS)
        return dead_registration(request, person.registration.state)

    return guarded


def signed_in_or_registering(view: SignedInView) -> View:
    """The same for the one page that is open during a registration."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        person = await visitor(request)
        if person is None:
            return _to_sign_in(request)
        if person.registration and person.registration.state is not InvitationState.LIVE:
            return dead_registration(request, person.registration.state)
        return await view(request, person)

    return guarded


def dead_registration(request: Request, state: InvitationState) -> Response:
    """F20, F26, F27: the registration ended while somebody was at it; says how, and forgets the browser."""
    if state is InvitationState.USED:
        # The cookie stays: the answer to the save that won may still be on its way with a new one.
        return render(request, "platform/already_done.html", 409)
    response = render(request, "platform/invitation_state.html", GONE, state=state, program=None)
    forget(request, response)
    return response


def remember(request: Request, response: Response, opened: Opened) -> Response:
    """S37: a cookie that outlives the browser only when the person asked for it."""
    secure = settings_of(request).secure_cookies
    response.set_cookie(
        cookie_name(secure=secure),
        opened.session_id,
        max_age=int(REMEMBERED.total_seconds()) if opened.persistent else None,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return response


def forget(request: Request, response: Response) -> Response:
    secure = settings_of(request).secure_cookies
    response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _to_sign_in(request: Request) -> Response:
    if session_id_of(request) is None:
        return redirect(request, Page.SIGN_IN)
    return forget(request, redirect(request, Page.SIGN_IN, "session-ended"))
