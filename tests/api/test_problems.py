"""Every no is problem+json (RFC 9457), in the caller's language, and repeats nothing (trap 3)."""

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from api.problem_kinds import REFUSALS, Kind
from passerelle.i18n import translations
from passerelle.services.faults import SENTENCES, Code
from tests.api.world import World

PROBLEM = "urn:passerelle:problem:"


def _is_a_problem(answer: httpx2.Response, status: int, slug: str) -> None:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["type"]) == (status, status, PROBLEM + slug)
    assert body["title"]
    assert body["detail"]


async def test_unknown_addresses_and_methods_are_problems(anybody: httpx2.AsyncClient) -> None:
    _is_a_problem(await anybody.get("/api/v1/nothing"), 404, "not-found")
    _is_a_problem(await anybody.get("/api/nothing"), 404, "not-found")
    wrong = await anybody.patch("/api/v1/organizations")
    _is_a_problem(wrong, 405, "method-not-allowed")
    assert "POST" in wrong.headers["allow"]


async def test_french_comes_first_and_english_where_it_is_asked_for(anybody: httpx2.AsyncClient) -> None:
    for asked, language, title in (
        ("", "fr", "Une clé d’API est nécessaire."),
        ("de", "fr", "Une clé d’API est nécessaire."),
        ("en-CA,fr;q=0.5", "en", "An API key is needed."),
        ("fr-CA,en;q=0.5", "fr", "Une clé d’API est nécessaire."),
    ):
        answer = await anybody.get("/api/v1/programs", headers={"Accept-Language": asked})
        assert (answer.headers["content-language"], answer.json()["title"]) == (language, title)
        assert answer.headers["vary"] == "Accept-Language"


async def test_field_errors_speak_the_callers_language_S20(world: World) -> None:
    answer = await world.client.post("/api/v1/organizations", json={}, headers={"Accept-Language": "fr"})
    _is_a_problem(answer, 422, "invalid")
    (error,) = answer.json()["errors"]
    assert error["message"] == "Remplissez le champ français, le champ anglais ou les deux."


async def test_a_body_that_is_no_json_or_no_object_is_a_problem(world: World) -> None:
    path = "/api/v1/organizations"
    unreadable = [b"{", b"\xff", b'{"name_fr": NaN-}', b"[" * 100_000]
    for content in unreadable:
        answer = await world.client.post(path, content=content, headers={"Content-Type": "application/json"})
        _is_a_problem(answer, 400, "malformed")
    for content in (b"[]", b"7", b"null", b'"text"', b""):
        answer = await world.client.post(path, content=content, headers={"Content-Type": "application/json"})
        _is_a_problem(answer, 422, "invalid")
        assert [error["field"] for error in answer.json()["errors"]] == ["body"]


async def test_lone_surrogates_nan_and_huge_numbers_are_field_errors(world: World) -> None:
    path, headers = "/api/v1/programs", {"Content-Type": "application/json"}
    for value in (rb'"\ud800"', b"NaN", b"1e400", b"9" * 4000):
        content = b'{"organization_id": "x", "title_fr": "x", "response_level": ' + value + b"}"
        answer = await world.client.post(path, content=content, headers=headers)
        _is_a_problem(answer, 422, "invalid")


async def test_an_id_that_is_none_is_named(world: World) -> None:
    answer = await world.client.get("/api/v1/onboardings/../../etc")
    assert answer.status_code == 404
    answer = await world.client.get("/api/v1/onboardings/7")
    _is_a_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["field"] == "onboarding_id"


async def test_no_answer_repeats_what_was_sent(world: World) -> None:
    secret = "canary-4711"
    bodies = [{"name_fr": {secret: secret}}, {"name_fr": [secret]}, {"admins": [{"email": secret}]}, secret, [secret]]
    for body in bodies:
        answer = await world.client.post("/api/v1/organizations", json=body)
        assert answer.status_code == 422
        assert secret not in answer.text


async def test_a_failure_of_ours_is_a_problem_without_details_SEC57(
    world: World, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def transaction(self) -> object:
            raise KeyError("canary-secret")

    app.state.database = Broken()
    answer = await world.client.get("/api/v1/programs")
    _is_a_problem(answer, 500, "failure")
    assert "canary" not in answer.text + caplog.text
    assert answer.headers["x-request-id"]


async def test_a_database_that_is_away_is_503_with_a_retry_F33(world: World, app: FastAPI) -> None:
    class Away:
        def transaction(self) -> object:
            raise OperationalError("select", {}, Exception("connection refused"))

    app.state.database = Away()
    answer = await world.client.get("/api/v1/programs")
    _is_a_problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "5"
    ready = await world.client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")


def test_every_sentence_has_its_french_translation() -> None:
    def sentences(kind: Kind) -> list[str]:
        return [kind.title, kind.detail]

    french = translations("fr")
    wanted = [sentence for kind in REFUSALS.values() for sentence in sentences(kind)]
    for message in [*wanted, *SENTENCES.values()]:
        assert french.gettext(message) != message, message


def test_every_code_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Code)
