"""The same POST again gets the same answer (A, F3)."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from passerelle.auth.policy import Scope
from passerelle.db.tables import AccessRequest, Organization
from passerelle.services import api_keys
from tests.api.world import World, form

PROBLEM = "urn:passerelle:problem:"
BODY = {"name_fr": "Science Jeunesse"}


async def _organizations(world: World) -> int:
    async with world.database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(Organization)) or 0


async def _post(world: World, key: str, body: object = None, path: str = "/organizations") -> httpx2.Response:
    return await world.client.post(f"/api/v1{path}", json=body or BODY, headers={"Idempotency-Key": key})


async def test_the_same_request_again_gets_the_same_answer_marked_as_such(world: World) -> None:
    first, again = [await _post(world, "one") for _ in range(2)]
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("content-type", "location"):
        assert again.headers[header] == first.headers[header]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await _organizations(world) == 1


async def test_another_key_is_another_request(world: World) -> None:
    for key in ("one", "two", "ONE"):
        await _post(world, key)
    assert await _organizations(world) == 3


async def test_the_same_key_for_another_body_or_address_is_refused(world: World) -> None:
    await _post(world, "one")
    for answer in (
        await _post(world, "one", {"name_fr": "Autre"}),
        await _post(world, "one", path="/programs"),
        await _post(world, "one", path="/organizations?x=1"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEM}idempotency-key-reused")
    assert await _organizations(world) == 1


async def test_a_refusal_is_kept_too(world: World) -> None:
    organization = await world.organization()
    program = await world.program(organization, approved=False)
    body = {"program_id": program["id"]}
    refused = await _post(world, "early", body, "/onboardings")
    assert refused.status_code == 409
    await world.post(f"/programs/{program['id']}/approval", {}, 200)
    again = await _post(world, "early", body, "/onboardings")
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["content-type"] == "application/problem+json"


async def test_field_errors_are_kept_too(world: World) -> None:
    first, again = [await _post(world, "wrong", {"name_fr": 7}) for _ in range(2)]
    assert (first.status_code, again.content) == (422, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_fifty_parallel_repetitions_make_one_row_F3(world: World) -> None:
    answers = await asyncio.gather(*(_post(world, "parallel") for _ in range(50)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == f"{PROBLEM}request-in-progress"
    assert await _organizations(world) == 1
    assert (await _post(world, "parallel")).json()["id"] in made, "and later everybody gets that answer"


async def test_a_repeated_access_request_is_one_request_with_its_location_S25(world: World) -> None:
    onboarding = await world.onboarding()
    path = f"/onboardings/{onboarding['id']}/access-request"
    answers = await asyncio.gather(*(_post(world, "request", form(), path) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    again = await _post(world, "request", form(), path)
    assert (again.status_code, again.headers["location"]) == (202, f"/api/v1/onboardings/{onboarding['id']}")
    assert again.headers["etag"] == '"2"'
    async with world.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(AccessRequest)) == 1


async def test_a_form_with_a_new_boundary_is_the_same_request(world: World) -> None:
    onboarding = await world.onboarding()
    path = f"/api/v1/onboardings/{onboarding['id']}/access-request"
    fields = {name: str(value) for name, value in form().items()}
    headers = {"Idempotency-Key": "form"}
    answers = [
        await world.client.post(path, data=fields, files={"logo": ("a.png", b"no image")}, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert answers[1].content == answers[0].content


async def test_the_answers_of_one_key_are_not_given_to_another(world: World, app: FastAPI) -> None:
    first = await _post(world, "shared")
    async with world.database.transaction() as tx:
        _, other = await api_keys.create(tx, "Other", list(Scope))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        headers = {"Idempotency-Key": "shared", "Authorization": f"Bearer {other}"}
        answer = await client.post("/api/v1/organizations", json=BODY, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["id"] != first.json()["id"]


async def test_a_key_that_cannot_be_kept_is_refused(world: World) -> None:
    for key in ("", "x" * 201, "a\tb"):
        answer = await _post(world, key)
        assert (answer.status_code, answer.json()["type"]) == (400, f"{PROBLEM}idempotency-key-malformed")


async def test_an_unauthorized_answer_is_never_kept(world: World) -> None:
    right = world.client.headers["Authorization"]
    world.client.headers["Authorization"] = right + "x"
    assert (await _post(world, "later")).status_code == 401
    world.client.headers["Authorization"] = right
    assert (await _post(world, "later")).status_code == 201


async def test_whoever_answers_second_takes_back_what_was_done_F3(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock may be free again before the kept answer is seen: then the primary key decides."""
    first = await _post(world, "late")
    with monkeypatch.context() as blind:
        blind.setattr(api_keys, "_earlier", lambda *_: None)
        second = await _post(world, "late")
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert await _organizations(world) == 1
