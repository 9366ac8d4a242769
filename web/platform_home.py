"""What somebody signed in finds: their programs, an invitation to accept, the word that ends a registration."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from passerelle.dates import long_date_and_time
from passerelle.db.platform_pages import Training
from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.errors import NotFound, Refused
from passerelle.services import platform_pages, platform_registration
from passerelle.services.platform_registration import ALREADY_COMPLETED
from web.forms import read_form
from web.pages import language_of_request, redirect, render
from web.paths import Page
from web.platform_context import database_of, notice_of, signed_in


@signed_in
async def show_home(request: Request, person: SignedIn) -> Response:
    home = await platform_pages.home(database_of(request), person.account.id)
    return render(request, "platform/home.html", person=person, home=home, notice=notice_of(request))


@signed_in
async def show_acceptance(request: Request, person: SignedIn) -> Response:
    """F45: every invitation that waits, each with its button."""
    home = await platform_pages.home(database_of(request), person.account.id)
    if not home.waiting:
        return redirect(request, Page.HOME)
    return render(request, "platform/acceptance.html", person=person, home=home)


@signed_in
async def submit_acceptance(request: Request, person: SignedIn) -> Response:
    """Accepted once, whoever clicks how often (F20)."""
    form = await read_form(request)
    try:
        onboarding_id = UUID(form.get("onboarding_id", ""))
        await platform_registration.accept(database_of(request), person.account.id, onboarding_id)
    except (ValueError, NotFound):
        raise HTTPException(404) from None
    except Refused as refused:
        if refused.code != ALREADY_COMPLETED:
            return redirect(request, Page.HOME, "invitation-dead")
    return redirect(request, Page.DONE)


@signed_in
async def show_done(request: Request, person: SignedIn) -> Response:
    """S43: the training session gives the rest."""
    home = await platform_pages.home(database_of(request), person.account.id)
    return render(request, "platform/done.html", person=person, home=home, training_at=_starts(request, home.training))


def _starts(request: Request, training: Training | None) -> str:
    if training is None:
        return ""
    return long_date_and_time(training.starts_at, language_of_request(request), training.time_zone)
