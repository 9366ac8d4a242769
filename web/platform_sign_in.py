"""Signing in and out: the platform's own page, and the one that an invitation leads to (S34-S37)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from passerelle.domain.errors import NotFound
from passerelle.domain.invitations import InvitationState
from passerelle.services import platform_pages, platform_sessions
from passerelle.services.platform_pages import Landing
from passerelle.services.platform_passwords import FormProblem
from passerelle.services.platform_sessions import Opened
from passerelle.services.platform_sign_in import Credentials, sign_in
from web.forms import read_form
from web.pages import language_of_request, redirect, render
from web.paths import Page, path_to
from web.platform_context import (
    GONE,
    authenticator_of,
    database_of,
    forget,
    notice_of,
    remember,
    session_id_of,
    settings_of,
    visitor,
)
from web.platform_sentences import PASSWORD_TO_SIGN_IN_MISSING, SIGN_IN_FAILED, problem_sentences

Problems = Mapping[str, list[str]]


async def show_sign_in(request: Request) -> Response:
    """S34, S35; somebody who is signed in goes on."""
    person = await visitor(request)
    if person is None:
        return _page(request, None)
    return redirect(request, Page.SETTINGS if person.registration else Page.HOME)


async def submit_sign_in(request: Request) -> Response:
    return await _submit(request, None)


async def show_invitation(request: Request) -> Response:
    """S34, F19: however often it is opened, nothing happens."""
    landing = await _landing(request)
    return landing if isinstance(landing, Response) else _page(request, landing)


async def submit_invitation(request: Request) -> Response:
    landing = await _landing(request)
    return landing if isinstance(landing, Response) else await _submit(request, landing)


async def to_sign_in(request: Request) -> Response:
    """Signing out takes a button; whoever types or reloads its address changes nothing."""
    return redirect(request, Page.SIGN_IN)


async def sign_out(request: Request) -> Response:
    """The session is over at once (SEC18); an open registration stays open (S42)."""
    person = await visitor(request)
    if session_id := session_id_of(request):
        await platform_sessions.end(database_of(request), session_id)
    is_registering = person is not None and person.registration is not None
    notice = "still-open" if is_registering else "signed-out"
    return forget(request, redirect(request, Page.SIGN_IN, notice))


async def _landing(request: Request) -> Landing | Response:
    """What the link in the address stands for, or the page that says why it does not lead on."""
    try:
        found = await platform_pages.landing(database_of(request), request.path_params["token"])
    except NotFound:
        return render(request, "platform/invitation_state.html", 404, state="unknown", program=None)
    if found.state is InvitationState.LIVE:
        return found
    return render(request, "platform/invitation_state.html", GONE, state=found.state, program=found.program)


async def _submit(request: Request, landing: Landing | None) -> Response:
    form = await read_form(request)
    typed = Credentials(form.get("email", ""), form.get("password", ""), "stay_signed_in" in form)
    if problems := _missing(typed):
        return _page(request, landing, typed, problems)
    opened = await sign_in(authenticator_of(request), typed, session_id_of(request))
    if opened is None:
        return _page(request, landing, typed, {"email": [SIGN_IN_FAILED]})
    return remember(request, await _onward(request, opened), opened)


def _missing(typed: Credentials) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if not typed.email.strip():
        problems["email"] = [FormProblem.EMAIL_MISSING]
    if not typed.password:
        problems["password"] = [PASSWORD_TO_SIGN_IN_MISSING]
    return problems


async def _onward(request: Request, opened: Opened) -> Response:
    """S42: the registration first; F45: then what waits for an answer; else home."""
    if opened.registration:
        return redirect(request, Page.SETTINGS)
    home = await platform_pages.home(database_of(request), opened.account_id)
    return redirect(request, Page.ACCEPTANCE if home.waiting else Page.HOME)


def _page(
    request: Request, landing: Landing | None, typed: Credentials | None = None, problems: Problems | None = None
) -> Response:
    """The typed address and the tick are kept, the password never is."""
    language = language_of_request(request)
    page = Page.INVITATION if landing else Page.SIGN_IN
    return render(
        request,
        "platform/sign_in.html",
        422 if problems else 200,
        action=path_to(language, page, **request.path_params),
        landing=landing,
        email=typed.email if typed else "",
        stay_signed_in=typed.persistent if typed else False,
        problems=problem_sentences(problems or {}, language),
        tries=settings_of(request).lockout_tries,
        notice="" if problems else notice_of(request),
    )
