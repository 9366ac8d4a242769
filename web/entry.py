"""The ways in: the language, the entry page, and the logos of programs."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from passerelle.domain.errors import NotFound
from passerelle.files import Logos
from passerelle.i18n import preferred
from passerelle.services import platform_pages
from web.errors import error_page
from web.pages import render
from web.paths import Page, path_to
from web.platform_context import database_of

API_DOCS = "/api/docs"
LOGO_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "public, max-age=86400",
}


async def choose_language(request: Request) -> Response:
    """`/` leads to the language that the browser prefers; French comes first."""
    language = preferred(request.headers.get("accept-language", ""))
    return RedirectResponse(path_to(language, Page.ENTRY), 302, headers={"Vary": "Accept-Language"})


async def show_entry(request: Request) -> Response:
    """S7: names the network and says where to go."""
    return render(request, "entry.html", api_docs=API_DOCS)


async def show_logo(request: Request) -> Response:
    """SEC40: always a PNG that we encoded ourselves, whatever was uploaded."""
    logos: Logos = request.app.state.logos
    try:
        name = await platform_pages.logo_name(database_of(request), UUID(request.path_params["logo_id"]))
        picture = await logos.get(name)
    except (ValueError, NotFound):
        return error_page(request, 404)
    return Response(picture, media_type="image/png", headers=LOGO_HEADERS)
