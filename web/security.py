"""What the browser is told not to do, and which forms are taken from it (SEC19, SEC21, SEC22)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "script-src 'self'",
    )
)
DEFAULTS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
A_YEAR = 31_536_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds what a response does not say itself, also to errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**DEFAULTS, **_per_request(scope)}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_same_origin(request: Request, base_url: str) -> bool:
    """Whether a form comes from one of our own pages (SEC19); no is the answer when nothing says so.

    Sec-Fetch-Site cannot be forged by a page; browsers leave it out over plain http, and then Origin decides.
    """
    headers: Headers = request.headers
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    own = {_origin(base_url), _origin(str(request.base_url))}
    return headers.get("origin") in own


def _per_request(scope: Scope) -> dict[str, str]:
    # A token in the address must not travel to any other site, nor into its logs (trap 1).
    has_token = "token" in scope.get("path_params", {})
    found = {"Referrer-Policy": "no-referrer" if has_token else "same-origin"}
    if scope["app"].state.settings.secure_cookies:
        found["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    return found


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
