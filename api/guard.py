"""Each API request: admitted by its key, carried out in one transaction, answered once (A, F3, SEC26).

The answer to a POST with an Idempotency-Key is kept in the very transaction of what it did, so there is no
moment at which one exists without the other.
"""

import hashlib
from collections.abc import Awaitable, Callable, Coroutine

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api import problems, refusals
from api.collaborators import database_of
from passerelle.auth.api_keys import in_authorization
from passerelle.auth.policy import Scope, scope_for
from passerelle.domain.errors import Forbidden, Refused
from passerelle.orchestration import Unavailable
from passerelle.services import api_keys
from passerelle.services.api_keys import Answer, AnsweredBefore, Caller, Repeatable, Unauthenticated

REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Type", "Content-Language", "Location", "ETag")
LONGEST_KEY = 200
SERVER_ERRORS = 500
REFUSALS = (Refused, RequestValidationError, HTTPException, Unavailable)

Handler = Callable[[Request], Awaitable[Response]]


class GuardedRoute(APIRoute):
    """A route whose function runs in one transaction, found on the request with the caller."""

    one_transaction = True

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            return await Exchange(self, request, handle).answered()

        return guarded

    def needs_preparation(self, request: Request) -> bool:
        """Whether something slow is to be done before the transaction begins."""
        return False

    async def prepare(self, request: Request) -> None:
        """Do it; the caller is known to be allowed."""


class CommandRoute(GuardedRoute):
    """A route that opens its own transactions, because it asks Temporal between them (F2)."""

    one_transaction = False


class Exchange:
    """One request and its one answer."""

    def __init__(self, route: GuardedRoute, request: Request, handle: Handler) -> None:
        self._route = route
        self._request = request
        self._handle = handle
        self._database = database_of(request)
        self._scope = Scope.READ
        self._repeatable: Repeatable | None = None
        self._caller: Caller | None = None

    async def answered(self) -> Response:
        """The answer; refusals become problems here, so that they are kept like any other answer."""
        try:
            await self._read()
            return await self._carried_out()
        except AnsweredBefore:
            return await self._earlier()
        except REFUSALS as refusal:
            return await self._refused(refusal)

    async def _read(self) -> None:
        scope = scope_for(self._request.method, self._route.path)
        if scope is None:
            raise Forbidden("not_decided")
        self._scope = scope
        self._key = in_authorization(self._request.headers.get("authorization"))
        if self._key is None:
            raise Unauthenticated("unauthenticated")
        if self._request.method == "POST":
            self._repeatable = await repeatable(self._request)

    async def _carried_out(self) -> Response:
        if self._route.needs_preparation(self._request):
            if earlier := await self._admitted_apart():
                return earlier
            await self._route.prepare(self._request)
        if self._route.one_transaction:
            return await self._in_one_transaction()
        if earlier := await self._admitted_apart():
            return earlier
        response = await self._handle(self._request)
        async with self._database.transaction() as tx:
            await self._keep(tx, response)
        return response

    async def _in_one_transaction(self) -> Response:
        async with self._database.transaction() as tx:
            if earlier := await self._admitted(tx):
                return earlier
            self._request.state.tx = tx
            response = await self._handle(self._request)
            await self._keep(tx, response)
        return response

    async def _admitted_apart(self) -> Response | None:
        async with self._database.transaction() as tx:
            return await self._admitted(tx)

    async def _admitted(self, tx: AsyncSession) -> Response | None:
        """None when the caller may; the earlier answer when this POST got one. Raises as `admit` does."""
        admission = await api_keys.admit(tx, self._key, self._scope, self._repeatable)
        self._request.state.caller = self._caller = admission.caller
        return replayed(admission.earlier) if admission.earlier else None

    async def _refused(self, refusal: Exception) -> Response:
        language = problems.language_of_caller(self._request)
        problem = problems.of_exception(refusal, language)
        if self._caller is None:
            return problems.answer(problem, language)
        try:
            async with self._database.transaction() as tx:
                detailed = await refusals.detailed(tx, self._request, problem, refusal)
                response = problems.answer(detailed, language)
                await self._keep(tx, response)
        except AnsweredBefore:
            return await self._earlier()
        return response

    async def _keep(self, tx: AsyncSession, response: Response) -> None:
        if self._repeatable and self._caller and response.status_code < SERVER_ERRORS:
            await api_keys.keep(tx, self._caller, self._repeatable, kept(response))

    async def _earlier(self) -> Response:
        assert self._caller is not None  # noqa: S101 - nothing is kept for nobody
        assert self._repeatable is not None  # noqa: S101 - nor without a key
        async with self._database.transaction() as tx:
            return replayed(await api_keys.earlier(tx, self._caller, self._repeatable))


async def repeatable(request: Request) -> Repeatable | None:
    """What makes two POSTs the same. Raises Refused("idempotency_key_malformed")."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Refused("idempotency_key_malformed")
    return Repeatable(key, digest(request, await request.body()))


def digest(request: Request, body: bytes) -> bytes:
    """32 bytes of path, query and body; a multipart boundary, new at each try, does not count."""
    _, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    sent = body.replace(boundary.strip('"').encode(), b"") if boundary else body
    return hashlib.sha256(b"\0".join([request.url.path.encode(), request.url.query.encode(), sent])).digest()


def kept(response: Response) -> Answer:
    """What is kept of an answer."""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, bytes(response.body), headers)


def replayed(answer: Answer) -> Response:
    """A kept answer, marked as such."""
    return Response(answer.body, answer.status, {**answer.headers, REPLAYED: "true"})
