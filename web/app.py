"""The HTML edge: an application of its own, with its own errors and headers, behind the API's routes."""

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from passerelle.auth.passwords import Passwords
from web import entry, platform_home, platform_recovery, platform_settings, platform_sign_in
from web.errors import error_page, on_failure, on_http_error
from web.pages import STATIC
from web.paths import PATHS, Page
from web.platform_context import View
from web.security import SAFE_METHODS, SecurityHeaders, is_same_origin

A_YEAR = 31_536_000
VIEWS: dict[Page, tuple[View, View | None]] = {
    Page.ENTRY: (entry.show_entry, None),
    Page.SIGN_IN: (platform_sign_in.show_sign_in, platform_sign_in.submit_sign_in),
    Page.SIGN_OUT: (platform_sign_in.to_sign_in, platform_sign_in.sign_out),
    Page.INVITATION: (platform_sign_in.show_invitation, platform_sign_in.submit_invitation),
    Page.FORGOTTEN: (platform_recovery.show_forgotten, platform_recovery.submit_forgotten),
    Page.FORGOTTEN_LINK: (platform_recovery.show_new_password, platform_recovery.submit_new_password),
    Page.UNLOCK: (platform_recovery.show_unlock, platform_recovery.submit_unlock),
    Page.UNLOCK_LINK: (platform_recovery.show_unlock_link, platform_recovery.submit_unlock_link),
    Page.HOME: (platform_home.show_home, None),
    Page.SETTINGS: (platform_settings.show_settings, platform_settings.submit_settings),
    Page.MESSAGING: (platform_settings.show_messaging, platform_settings.submit_messaging),
    Page.ACCEPTANCE: (platform_home.show_acceptance, platform_home.submit_acceptance),
    Page.DONE: (platform_home.show_done, None),
}
"""What answers a GET, and a POST where there is a form."""


def install(app: FastAPI) -> None:
    """Put the pages on every path outside /api that nothing else answers: call it after all other routes.

    Expects `settings`, `database` and `logos` on `app.state` when the first request arrives.
    """
    app.state.passwords = Passwords()
    pages = Starlette(
        routes=_routes(),
        middleware=[Middleware(OwnForms)],
        exception_handlers={HTTPException: on_http_error, Exception: on_failure},
    )
    pages.state = app.state
    app.router.routes.append(Outside("/api", SecurityHeaders(pages)))


class Outside(Mount):
    """Everything but one folder."""

    def __init__(self, folder: str, app: ASGIApp) -> None:
        super().__init__("", app)
        self._folder = folder

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        if path == self._folder or path.startswith(f"{self._folder}/"):
            return Match.NONE, {}
        match, found = super().matches(scope)
        # What is no page of ours has no endpoint: whoever counts requests does not count made-up addresses.
        found.pop("endpoint", None)
        return match, found


class OwnForms:
    """SEC19: a form that another site made is not taken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            request = Request(scope)
            if not is_same_origin(request, scope["app"].state.settings.url):
                return await error_page(request, 403)(scope, receive, send)
        return await self._app(scope, receive, send)


class VersionedFiles(StaticFiles):
    """Our own files: their addresses change with their content, so a browser may keep them for good."""

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response


def _routes() -> list[BaseRoute]:
    return [
        Route("/", entry.choose_language),
        Route("/logos/{logo_id}", entry.show_logo),
        Mount("/static", VersionedFiles(directory=STATIC)),
        *(route for page in Page for route in _routes_of(page)),
    ]


def _routes_of(page: Page) -> list[Route]:
    show, submit = VIEWS[page]
    paths = PATHS[page].values()
    shown = [Route(path, show, methods=["GET"]) for path in paths]
    submitted = [Route(path, submit, methods=["POST"]) for path in paths] if submit else []
    return [*shown, *submitted]
