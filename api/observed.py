"""Around every request: an id, a size limit, a line in the log, a count, and an answer whatever happens."""

import re
import sys
import time
import traceback
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.metrics import Metrics
from api.problem_kinds import DATABASE_AWAY, FAILURE, TOO_LARGE
from passerelle.auth.policy import API
from passerelle.db.database import AWAY
from passerelle.services.api_keys import Caller

# A logo of 1 MB, the other fields, and what multipart adds.
MAXIMUM_BODY_BYTES = 1_100_000
REQUEST_ID = "X-Request-Id"
UNMATCHED = "unmatched"
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Whatever else a client sends for a method would become a metric of its own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger(__name__)


class Observed:
    """The outermost layer that is ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        return await Observation(self._app, self._metrics, scope).run(receive, send)


class Observation:
    """One request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, scope: Scope) -> None:
        self._app = app
        self._metrics = metrics
        self._scope = scope
        self._status: int | None = None
        self._read = 0
        self._id = _request_id(scope)

    async def run(self, receive: Receive, send: Send) -> None:
        started = time.perf_counter()

        async def limited() -> Message:
            message = await receive()
            self._read += len(message.get("body", b""))
            if self._read > MAXIMUM_BODY_BYTES:
                raise HTTPException(413)
            return message

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._complete(MutableHeaders(scope=message))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=self._id):
            await self._answer(limited, marked)
            self._note(time.perf_counter() - started)

    def _complete(self, headers: MutableHeaders) -> None:
        headers[REQUEST_ID] = self._id
        if self._scope["path"].startswith(f"{API}/"):
            # Answers hold names and addresses: no cache may keep them (SEC22).
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("X-Content-Type-Options", "nosniff")

    async def _answer(self, receive: Receive, send: Send) -> None:
        """Whatever goes wrong becomes an answer, once; the log gets where, never what with (SEC42)."""
        try:
            if self._scope["path"].startswith(API) and _announced(self._scope) > MAXIMUM_BODY_BYTES:
                await self._say(problems.Problem(TOO_LARGE), receive, send)
            else:
                await self._app(self._scope, receive, send)
        except AWAY as error:
            log.warning("database away", error=type(error).__name__)
            headers = {"Retry-After": problems.RETRY_AFTER_SECONDS}
            await self._say(problems.Problem(DATABASE_AWAY, headers=headers), receive, send)
        except Exception as error:  # noqa: BLE001 - the last resort (SEC57)
            log.error("failure", error=type(error).__name__, where=_where(error))  # noqa: TRY400 - no values
            await self._say(problems.Problem(FAILURE), receive, send)

    async def _say(self, problem: problems.Problem, receive: Receive, send: Send) -> None:
        if self._status is None:
            answer = problems.answer(problem, problems.language_of_caller(Request(self._scope)))
            await answer(self._scope, receive, send)

    def _note(self, seconds: float) -> None:
        method = self._scope["method"] if self._scope["method"] in METHODS else "other"
        route, status = _route(self._scope), self._status or 0
        self._metrics.count(method, route, status, seconds)
        caller = (self._scope.get("state") or {}).get("caller")
        known = {"caller": str(caller.key_id)} if isinstance(caller, Caller) else {}
        log.info("request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1), **known)


def _request_id(scope: Scope) -> str:
    """The caller's id where it has a harmless form, else one of ours."""
    given = Headers(scope=scope).get(REQUEST_ID.lower(), "")
    return given if _GIVEN_ID.fullmatch(given) else uuid4().hex


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _route(scope: Scope) -> str:
    """The template of what answered; a path may hold a token, and scanners make up paths."""
    if template := getattr(scope.get("route"), "path", ""):
        return str(template)
    # FastAPI's own addresses have no parameters: the path that they matched is their template.
    return str(scope["path"]) if "endpoint" in scope and not scope.get("path_params") else UNMATCHED


def _where(error: Exception) -> list[str]:
    """Files and lines of the exception and of what it came from, without any message or value."""
    chain = [error, *([error.__cause__] if isinstance(error.__cause__, Exception) else [])]
    return [
        f"{frame.filename.removeprefix(sys.prefix)}:{frame.lineno} {frame.name}"
        for link in chain
        for frame in traceback.extract_tb(link.__traceback__)[-8:]
    ]
