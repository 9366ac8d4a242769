"""The settings of somebody signed in, and the password change that finishes a registration (S38-S42)."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.errors import Invalid, Refused
from passerelle.domain.invitations import InvitationState
from passerelle.services import platform_pages, platform_registration
from passerelle.services.platform_passwords import SettingsForm, change_password
from passerelle.services.platform_registration import ALREADY_COMPLETED, INVITATION_DEAD
from web.forms import read_form
from web.pages import language_of_request, redirect, render
from web.paths import Page
from web.platform_context import (
    authenticator_of,
    database_of,
    dead_registration,
    forget,
    notice_of,
    passwords_of,
    policy_of,
    remember,
    signed_in,
    signed_in_or_registering,
)
from web.platform_sentences import password_rule, problem_sentences

Problems = Mapping[str, Sequence[str]]


@signed_in_or_registering
async def show_settings(request: Request, person: SignedIn) -> Response:
    return _settings_page(request, person, person.account.email, {})


@signed_in_or_registering
async def submit_settings(request: Request, person: SignedIn) -> Response:
    """S41 during a registration, afterwards a change of one's own password."""
    form = _typed(await read_form(request))
    save = _complete if person.registration else _change
    try:
        return await save(request, person, form)
    except Invalid as wrong:
        return _settings_page(request, person, form.email, wrong.fields)
    except Refused as refused:
        return _refused(request, refused)


@signed_in
async def show_messaging(request: Request, person: SignedIn) -> Response:
    return render(
        request, "platform/messaging.html", person=person, notice=notice_of(request), wanted=person.account.mail_digest
    )


@signed_in
async def submit_messaging(request: Request, person: SignedIn) -> Response:
    wanted = "mail_digest" in await read_form(request)
    await platform_pages.set_mail_digest(database_of(request), person.account.id, wanted=wanted)
    return redirect(request, Page.MESSAGING, "saved")


async def _complete(request: Request, person: SignedIn, form: SettingsForm) -> Response:
    opened = await platform_registration.complete(
        database_of(request), passwords_of(request), policy_of(request), person, form
    )
    return remember(request, redirect(request, Page.DONE), opened)


async def _change(request: Request, person: SignedIn, form: SettingsForm) -> Response:
    opened = await change_password(authenticator_of(request), policy_of(request), person, form)
    if opened is None:
        return redirect(request, Page.SETTINGS, "nothing-new")
    return remember(request, redirect(request, Page.SETTINGS, "saved"), opened)


def _refused(request: Request, refused: Refused) -> Response:
    """Somebody or something was faster (F20, F26, F27)."""
    if refused.code == ALREADY_COMPLETED:
        return dead_registration(request, InvitationState.USED)
    if refused.code == INVITATION_DEAD:
        return dead_registration(request, InvitationState(str(refused.details["state"])))
    return forget(request, redirect(request, Page.SIGN_IN, "sign-in-to-accept"))


def _typed(form: Mapping[str, str]) -> SettingsForm:
    names = ("email", "current_password", "new_password", "new_password_confirmation")
    return SettingsForm(*(form.get(name, "") for name in names))


def _settings_page(request: Request, person: SignedIn, email: str, problems: Problems) -> Response:
    """The typed address is kept, no password ever is."""
    language, policy = language_of_request(request), policy_of(request)
    values = {"count": policy.minimum_length, "email": person.account.email}
    return render(
        request,
        "platform/settings.html",
        422 if problems else 200,
        person=person,
        email=email,
        rule=password_rule(policy, language),
        problems=problem_sentences(problems, language, **values),
        notice="" if problems else notice_of(request),
    )
