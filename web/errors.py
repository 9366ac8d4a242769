"""Error pages in the person's language. They never repeat what was asked or typed (SEC57)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from passerelle.i18n import marked
from web.pages import render

TITLES = {
    400: marked("We could not read this form"),
    403: marked("This form did not come from our site"),
    404: marked("This page does not exist"),
    405: marked("This page does not exist"),
    413: marked("This form is too large"),
    415: marked("We could not read this form"),
    500: marked("Something went wrong on our side"),
    503: marked("The service is busy for a moment"),
}
ADVICE = {
    400: marked("Go back, reload the page and send the form again."),
    403: marked("Nothing was changed. Open the page on our own site, over https, and send the form from there."),
    404: marked("The address may be mistyped, or the page may have moved."),
    405: marked("The address may be mistyped, or the page may have moved."),
    413: marked("Go back and shorten what you typed."),
    415: marked("Go back, reload the page and send the form again."),
    500: marked("Your last step may not have been saved. Try again in a moment; if it happens again, write to us."),
    503: marked("Try again in a few seconds."),
}


def error_page(request: Request, status: int) -> Response:
    """What happened and what to do next, for any status."""
    known = status if status in TITLES else 500 if status >= 500 else 400  # noqa: PLR2004 - HTTP's classes
    return render(request, "error.html", status, heading=TITLES[known], advice=ADVICE[known])


async def on_http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = error_page(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def on_failure(request: Request, error: Exception) -> Response:
    """The last resort; the server logs the exception, the person gets a page."""
    return error_page(request, 500)
