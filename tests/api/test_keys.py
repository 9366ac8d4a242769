"""Who may call what (SEC26, SEC31)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select

from api.app import ROUTERS
from api.guard import GuardedRoute
from api.routes import docs
from passerelle.auth.policy import API, POLICY, Scope
from passerelle.db.database import Database
from passerelle.db.tables import ApiKey
from passerelle.services import api_keys
from tests.api.world import World

PROBLEM = "urn:passerelle:problem:"
GUARDED = sorted((method, path) for (method, path), scope in POLICY.items() if scope is not None)


def _address(template: str) -> str:
    """The template with some id in each place."""
    for name in ("organization_id", "program_id", "session_id", "registration_id", "onboarding_id"):
        template = template.replace(f"{{{name}}}", str(uuid4()))
    return template.replace("{command}", "withdraw")


def _routes() -> list[tuple[str, APIRoute]]:
    routers = (*ROUTERS, docs.router)
    found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return [(method, route) for route in found for method in sorted(route.methods or ())]


def test_every_route_is_in_the_policy_and_nothing_else_is_SEC26(app: FastAPI) -> None:
    ours = {(method, route.path) for method, route in _routes()}
    assert ours | {("GET", app.openapi_url)} == set(POLICY)


def test_every_route_that_asks_for_a_scope_is_guarded_SEC26() -> None:
    for method, route in _routes():
        assert isinstance(route, GuardedRoute) == (POLICY[method, route.path] is not None), route.path


async def _call(client: httpx2.AsyncClient, method: str, template: str, key: str | None) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return await client.request(method, _address(template), headers=headers, json={} if method == "POST" else None)


async def test_nothing_answers_without_a_key_SEC26(anybody: httpx2.AsyncClient) -> None:
    for method, template in GUARDED:
        answer = await _call(anybody, method, template, None)
        assert (answer.status_code, answer.json()["type"]) == (401, f"{PROBLEM}unauthenticated"), template
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", list(Scope))
async def test_each_scope_opens_its_own_routes_and_no_other_SEC26(
    anybody: httpx2.AsyncClient, database: Database, scope: Scope
) -> None:
    async with database.transaction() as tx:
        _, key = await api_keys.create(tx, "One scope", [scope])
    for method, template in GUARDED:
        answer = await _call(anybody, method, template, key)
        if POLICY[method, template] is scope:
            assert answer.status_code not in {401, 403}, template
        else:
            assert (answer.status_code, answer.json()["scope"]) == (403, POLICY[method, template]), template


async def test_a_key_works_until_it_expires_or_is_revoked_SEC31(
    anybody: httpx2.AsyncClient, database: Database
) -> None:
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        row, key = await api_keys.create(tx, "Short", [Scope.READ], now + timedelta(hours=1))
        _, expired = await api_keys.create(tx, "Over", [Scope.READ], now - timedelta(seconds=1))
    path = f"{API}/programs"
    assert (await _call(anybody, "GET", path, key)).status_code == 200
    assert (await _call(anybody, "GET", path, expired)).status_code == 401
    async with database.transaction() as tx:
        (await tx.get_one(ApiKey, row.id)).revoked_at = now
    assert (await _call(anybody, "GET", path, key)).status_code == 401, "at the very next request (SEC32)"


async def test_every_wrong_key_is_answered_alike(anybody: httpx2.AsyncClient, world: World) -> None:
    right = str(world.client.headers.pop("Authorization")).removeprefix("Bearer ")
    other = f"psl_{'0' * 10}_{'x' * 43}"
    wrong = [right[:-1] + ("a" if right[-1] != "a" else "b"), other, right + "x", "", "psl_", "x" * 5000, "psl_é_é"]
    answers = [
        await anybody.get(f"{API}/programs", headers={b"Authorization": f"Bearer {key}".encode()}) for key in wrong
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert (await anybody.get(f"{API}/programs", headers={"Authorization": f"Basic {right}"})).status_code == 401
    assert (await anybody.get(f"{API}/programs", headers={"Authorization": f"bearer  {right}"})).status_code == 200


async def test_only_a_digest_is_stored_and_the_use_is_noted_once_a_minute_SEC31(world: World) -> None:
    key = str(world.client.headers["Authorization"]).removeprefix("Bearer ")

    async def row() -> ApiKey:
        async with world.database.transaction() as tx:
            return (await tx.scalars(select(ApiKey))).one()

    assert (await row()).used_at is None
    await world.get("/programs")
    first = await row()
    await world.get("/programs")
    assert first.used_at is not None
    assert (await row()).used_at == first.used_at
    async with world.database.transaction() as tx:
        (await tx.get_one(ApiKey, first.id)).used_at = first.used_at - timedelta(minutes=2)
    await world.get("/programs")
    latest = (await row()).used_at
    assert latest is not None
    assert latest >= first.used_at
    assert key.encode() not in first.digest
    assert len(first.digest) == 32
