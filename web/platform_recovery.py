"""Forgotten password and locked account: asking for the mail, and where its link leads (S35, S36)."""

from starlette.requests import Request
from starlette.responses import Response

from passerelle.auth.addresses import normalized
from passerelle.domain.errors import NotFound
from passerelle.services import platform_recovery
from passerelle.services.platform_passwords import FormProblem, new_password_problems, without_empty
from passerelle.services.platform_recovery import Purpose
from web.forms import read_form
from web.pages import language_of_request, redirect, render
from web.paths import Page
from web.platform_context import (
    GONE,
    database_of,
    forget,
    lockout_of,
    passwords_of,
    policy_of,
    settings_of,
)
from web.platform_sentences import password_rule, problem_sentences

PAGES = {Purpose.UNLOCK: Page.UNLOCK, Purpose.FORGOTTEN: Page.FORGOTTEN}


async def show_forgotten(request: Request) -> Response:
    return _request_page(request, Purpose.FORGOTTEN)


async def show_unlock(request: Request) -> Response:
    return _request_page(request, Purpose.UNLOCK)


async def submit_forgotten(request: Request) -> Response:
    return await _ask(request, Purpose.FORGOTTEN)


async def submit_unlock(request: Request) -> Response:
    return await _ask(request, Purpose.UNLOCK)


async def show_unlock_link(request: Request) -> Response:
    """F19: a button, because mail scanners open links."""
    if not await _is_live(request, Purpose.UNLOCK):
        return _dead_link(request, Purpose.UNLOCK)
    return render(request, "platform/unlock_link.html")


async def submit_unlock_link(request: Request) -> Response:
    try:
        await platform_recovery.unlock(database_of(request), request.path_params["token"])
    except NotFound:
        return _dead_link(request, Purpose.UNLOCK)
    return redirect(request, Page.SIGN_IN, "unlocked")


async def show_new_password(request: Request) -> Response:
    if not await _is_live(request, Purpose.FORGOTTEN):
        return _dead_link(request, Purpose.FORGOTTEN)
    return _new_password_page(request, {})


async def submit_new_password(request: Request) -> Response:
    """The link is used up only by a password that may be used."""
    form = await read_form(request)
    new, confirmation = form.get("new_password", ""), form.get("new_password_confirmation", "")
    if problems := without_empty(new_password_problems(policy_of(request), new, confirmation)):
        if not await _is_live(request, Purpose.FORGOTTEN):
            return _dead_link(request, Purpose.FORGOTTEN)
        return _new_password_page(request, problems)
    token = request.path_params["token"]
    try:
        await platform_recovery.set_forgotten_password(database_of(request), passwords_of(request), token, new)
    except NotFound:
        return _dead_link(request, Purpose.FORGOTTEN)
    return forget(request, redirect(request, Page.SIGN_IN, "password-changed"))


async def _ask(request: Request, purpose: Purpose) -> Response:
    """SEC13: the same answer whether the account exists or not."""
    email = (await read_form(request)).get("email", "")
    if problems := _address_problems(email):
        return _request_page(request, purpose, email, {"email": problems})
    key = settings_of(request).key()
    await platform_recovery.request(database_of(request), lockout_of(request), key, purpose, email)
    return redirect(request, PAGES[purpose], "sent")


def _address_problems(typed: str) -> list[str]:
    if not typed.strip():
        return [FormProblem.EMAIL_MISSING]
    try:
        normalized(typed)
    except ValueError:
        return [FormProblem.EMAIL_MALFORMED]
    return []


async def _is_live(request: Request, purpose: Purpose) -> bool:
    return await platform_recovery.is_live(database_of(request), purpose, request.path_params["token"])


def _request_page(
    request: Request, purpose: Purpose, email: str = "", problems: dict[str, list[str]] | None = None
) -> Response:
    return render(
        request,
        "platform/recovery.html",
        422 if problems else 200,
        purpose=purpose,
        page=PAGES[purpose],
        is_sent=not problems and request.query_params.get("notice") == "sent",
        email=email,
        problems=problem_sentences(problems or {}, language_of_request(request)),
    )


def _new_password_page(request: Request, problems: dict[str, list[str]]) -> Response:
    language, policy = language_of_request(request), policy_of(request)
    return render(
        request,
        "platform/new_password.html",
        422 if problems else 200,
        rule=password_rule(policy, language),
        problems=problem_sentences(problems, language, count=policy.minimum_length),
    )


def _dead_link(request: Request, purpose: Purpose) -> Response:
    """Unknown, used and expired links look alike: nobody learns which tokens we made."""
    return render(request, "platform/link_dead.html", GONE, purpose=purpose, page=PAGES[purpose])
