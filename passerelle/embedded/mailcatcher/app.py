"""The mail catcher's page and JSON interface, for developers and for tests that read mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from passerelle.embedded.mailcatcher import views
from passerelle.embedded.mailcatcher.letter import Letter
from passerelle.embedded.mailcatcher.mailbox import Mailbox
from passerelle.embedded.mailcatcher.smtp import listening
from passerelle.embedded.mailcatcher.store import Caught, MessageStore

SHOWN = 100
"""Messages on the list page; the JSON interface gives all."""
REFRESH_SECONDS = 10
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self' data:; form-action 'self'"
# A stranger's HTML: no scripts, no forms, nothing loaded from anywhere. A click may open a page of its own.
MESSAGE_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MESSAGE_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; sandbox {MESSAGE_SANDBOX}"
)
# Another site's name that resolves to 127.0.0.1 must not make a browser read the mail to that site.
HOSTS = ["localhost", "127.0.0.1", "[::1]"]


class Pages:
    """The routes' functions, on one mailbox."""

    def __init__(self, mailbox: Mailbox, templates: Environment) -> None:
        self._mailbox = mailbox
        self._templates = templates

    def list_page(self, request: Request) -> Response:
        """Newest first; `?to=` narrows it to one recipient."""
        to = request.query_params.get("to", "")
        entries = list(self._mailbox.entries(to=to))
        page = self._page("list.html", entries=entries[:SHOWN], total=len(entries), to=to)
        page.headers["Refresh"] = str(REFRESH_SECONDS)
        return page

    def message_page(self, request: Request) -> Response:
        """One message."""
        caught, letter = self._open(request)
        return self._page("message.html", caught=caught, letter=letter, sandbox=MESSAGE_SANDBOX)

    def message_html(self, request: Request) -> Response:
        """The HTML body as it was sent, for the sandboxed frame; its links open beside."""
        _, letter = self._open(request)
        body = f'<base target="_blank">{letter.html}'
        return HTMLResponse(body, headers=_headers(MESSAGE_POLICY))

    def raw(self, request: Request) -> Response:
        """The message as it was sent, as a download."""
        caught, _ = self._open(request)
        return _download(caught.raw, f"{caught.message_id}.eml", "message/rfc822")

    def attachment(self, request: Request) -> Response:
        """One attachment, by its number, as a download whatever its type."""
        _, letter = self._open(request)
        number = request.path_params["number"]
        if number >= len(letter.attachments):
            raise HTTPException(404)
        chosen = letter.attachments[number]
        return _download(chosen.content, chosen.name, "application/octet-stream")

    def clear(self, request: Request) -> Response:
        """The button that removes every message; other sites cannot press it."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403)
        self._mailbox.forget_all()
        return RedirectResponse("/", status_code=303)

    def api_list(self, request: Request) -> Response:
        """GET /api/messages?to=ADDRESS&since=RFC3339, newest first."""
        try:
            since = _moment(request.query_params.get("since", ""))
        except ValueError:
            return JSONResponse({"detail": "since must be a time as in RFC 3339"}, status_code=422)
        entries = self._mailbox.entries(to=request.query_params.get("to", ""), since=since)
        return JSONResponse({"messages": [views.summary(entry.caught, entry.letter) for entry in entries]})

    def api_message(self, request: Request) -> Response:
        """GET /api/messages/{id}: headers, bodies, links, attachments, envelope."""
        return JSONResponse(views.whole(*self._open(request)))

    def api_clear(self, _request: Request) -> Response:
        """DELETE /api/messages; a browser lets no other site send it."""
        return JSONResponse({"removed": self._mailbox.forget_all()})

    def livez(self, _request: Request) -> Response:
        """200 once the SMTP port listens too."""
        return PlainTextResponse("ok")

    def _open(self, request: Request) -> tuple[Caught, Letter]:
        try:
            return self._mailbox.open(request.path_params["id"])
        except KeyError:
            raise HTTPException(404, "There is no such message.") from None

    def _page(self, template: str, **shown: object) -> Response:
        html = self._templates.get_template(template).render(now=datetime.now(UTC), **shown)
        return HTMLResponse(html, headers=_headers(PAGE_POLICY))


def create_app(directory: Path, smtp_port: int) -> Starlette:
    """The page, and the SMTP server on 127.0.0.1:smtp_port while the page runs. Messages are kept in `directory`."""
    store = MessageStore(directory)
    templates = Environment(loader=PackageLoader("passerelle.embedded.mailcatcher"), autoescape=True)
    pages = Pages(Mailbox(store), templates)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with listening(store, smtp_port):
            yield

    static = StaticFiles(packages=[("passerelle.embedded.mailcatcher", "static")])
    app = Starlette(
        routes=[*_routes(pages), Mount("/static", static, name="static")],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        lifespan=lifespan,
    )
    templates.filters["ago"] = views.ago
    templates.globals["url_for"] = app.url_path_for
    return app


def _routes(pages: Pages) -> list[Route]:
    return [
        Route("/", pages.list_page),
        Route("/clear", pages.clear, methods=["POST"]),
        Route("/messages/{id}", pages.message_page),
        Route("/messages/{id}/html", pages.message_html),
        Route("/messages/{id}/raw", pages.raw),
        Route("/messages/{id}/attachments/{number:int}", pages.attachment),
        Route("/api/messages", pages.api_list),
        Route("/api/messages", pages.api_clear, methods=["DELETE"]),
        Route("/api/messages/{id}", pages.api_message),
        Route("/livez", pages.livez),
    ]


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _download(content: bytes, name: str, content_type: str) -> Response:
    return Response(
        content,
        media_type=content_type,
        headers={**_headers("sandbox"), "Content-Disposition": views.disposition(name)},
    )


def _moment(text: str) -> datetime | None:
    """Raises ValueError for anything but an RFC 3339 time or nothing. A plus in an address arrives as a space."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
