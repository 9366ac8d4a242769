"""The access request through the API (S1, S5, S17-S28, D1, D2)."""

import asyncio
import io
from typing import Any

import httpx2
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import event, func, select

from passerelle.db.tables import AccessRequest, Logo, Onboarding, OutboxRow, TimelineEntry
from passerelle.files import Logos
from passerelle.settings import Settings
from tests.api.world import ADMIN, JSON, TITLE, World, form

PROBLEM = "urn:passerelle:problem:"


def _picture(kind: str = "PNG", size: tuple[int, int] = (600, 400)) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", size, "navy").save(encoded, kind)
    return encoded.getvalue()


async def _send(world: World, onboarding: JSON, logo: bytes, name: str = "Advanced.png", **values: Any) -> Any:
    fields = {field: str(value) for field, value in form(**values).items()}
    files = {"logo": (name, logo, "application/octet-stream")}
    return await world.client.post(f"/api/v1/onboardings/{onboarding['id']}/access-request", data=fields, files=files)


def _as_a_browser_without_a_file() -> bytes:
    """A file input that was left alone is sent with an empty name."""
    lines = []
    for field, value in form().items():
        lines += ["--edge", f'Content-Disposition: form-data; name="{field}"', "", str(value)]
    lines += ["--edge", 'Content-Disposition: form-data; name="logo"; filename=""']
    lines += ["Content-Type: application/octet-stream", "", "", "--edge--", ""]
    return "\r\n".join(lines).encode()


def _codes(problem: JSON) -> set[tuple[str, str]]:
    return {(error["field"], error["code"]) for error in problem["errors"]}


async def _count(world: World, table: type[Any]) -> int:
    async with world.database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0


async def test_the_seeds_form_makes_a_request_S20_S21_S23(world: World) -> None:
    onboarding = await world.onboarding()
    answer = await world.client.post(f"/api/v1/onboardings/{onboarding['id']}/access-request", json=form())
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/onboardings/{onboarding['id']}"
    body = answer.json()
    assert body["stage"] == "provisioning"
    assert body["request"]["recipient"] == {"name": "Jane Doe", "email": "jane.doe@example.com"}
    assert body["request"]["requester"] == {"name": "Daniel Test", "email": ADMIN}
    assert body["request"]["phone"] == "+15145555555"
    assert body["request"]["terms_version"] == "2026-01"
    assert body["request"]["has_logo"] is False


async def test_facts_timeline_and_message_are_written_together_S25(world: World) -> None:
    onboarding = await world.requested()
    async with world.database.transaction() as tx:
        events = list(await tx.scalars(select(TimelineEntry.event).order_by(TimelineEntry.id)))
        row = (await tx.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1))).one()
    assert events == ["started", "access_requested"]
    assert (row.signal, row.facts["version"]) == ("access_requested", onboarding["version"])
    assert not {"email", "first_name"} & set(row.facts), "ids and numbers only"


async def test_the_english_title_is_as_good_as_the_french_one_S18(world: World) -> None:
    organization = await world.organization()
    await world.seat(organization)
    program = await world.program(organization, title_en="Whiz Kids")
    await world.request(program["onboarding"], program_title="Whiz Kids")


async def test_any_other_title_is_refused_S18(world: World) -> None:
    onboarding = await world.onboarding()
    for title in ("Génies en Herbe", "Genies en herbe", "Génies en herbe!", "Whiz Kids"):
        refused = await world.request(onboarding, 422, program_title=title)
        assert _codes(refused) == {("program_title", "title_differs")}


async def test_every_wrong_field_is_named_at_once_and_nothing_is_written_S20(world: World) -> None:
    onboarding = await world.onboarding()
    values = {
        "program_title": "Autre",
        "first_name": "J",
        "last_name": "",
        "phone": "12",
        "email": "jane@",
        "language": "de",
        "accept_terms": False,
        "colour": "blue",
    }
    refused = await world.request(onboarding, 422, **values)
    assert _codes(refused) == {
        ("program_title", "title_differs"),
        ("first_name", "too_short"),
        ("last_name", "required"),
        ("phone", "phone_invalid"),
        ("email", "email_invalid"),
        ("language", "language_unknown"),
        ("accept_terms", "terms_not_accepted"),
        ("colour", "unknown_field"),
    }
    assert all(error["message"] for error in refused["errors"])
    assert await _count(world, AccessRequest) == 0


async def test_missing_fields_are_all_named_S20(world: World) -> None:
    onboarding = await world.onboarding()
    refused = await world.post(f"/onboardings/{onboarding['id']}/access-request", {}, 422)
    required = {"program_title", "first_name", "last_name", "phone", "email", "language", "requested_by"}
    assert _codes(refused) == {(name, "required") for name in required} | {("accept_terms", "terms_not_accepted")}


async def test_what_was_typed_is_never_repeated_S20(world: World) -> None:
    onboarding = await world.onboarding()
    typed = {name: f"<canary-{name}>\u0000" for name in ("first_name", "last_name", "phone", "email", "language")}
    answer = await world.client.post(
        f"/api/v1/onboardings/{onboarding['id']}/access-request", json=form(**typed, extra="canary-extra")
    )
    assert answer.status_code == 422
    assert "canary-" not in answer.text.replace('"canary-extra"', "")


async def test_hostile_values_are_field_errors_and_never_failures(world: World) -> None:
    path = f"/api/v1/onboardings/{(await world.onboarding())['id']}/access-request"
    hostile: list[object] = ["a\u0000b", "x" * 5000, "\u202eabc", "a\r\nBcc: x@example.com", ["a"], {"a": 1}, None, 7]
    for name in ("first_name", "last_name", "email", "phone", "program_title", "requested_by"):
        for bad in hostile:
            answer = await world.client.post(path, json={**form(), name: bad})
            assert answer.status_code == 422, (name, bad)
            assert name in {error["field"] for error in answer.json()["errors"]}, (name, bad)


async def test_only_admins_may_request_S1(world: World) -> None:
    admin = {"first_name": "Some", "last_name": "Stranger", "email": "stranger@example.com"}
    await world.post("/organizations", {"name_fr": "Ailleurs", "admins": [admin]})
    onboarding = await world.onboarding()
    for who in ("stranger@example.com", "00000000-0000-4000-8000-000000000000", "nobody at all"):
        refused = await world.request(onboarding, 403, requested_by=who)
        assert refused["type"] == f"{PROBLEM}not-an-admin"


async def test_a_program_admin_may_request_too_by_address_in_any_case_S1(world: World) -> None:
    organization = await world.organization()
    await world.seat(organization)
    admin = {"first_name": "Marie", "last_name": "Roy", "email": "marie@example.com"}
    program = await world.program(organization, admins=[admin])
    requested = await world.request(program["onboarding"], requested_by=" Marie@Example.COM ")
    assert requested["request"]["requester"]["name"] == "Marie Roy"


async def test_every_missing_gate_is_named_S5(world: World) -> None:
    organization = await world.organization(approved=False)
    program = await world.program(organization)
    await world.post(f"/programs/{program['id']}/approval", {"decision": "paused"}, 200)
    refused = await world.request(program["onboarding"], 409)
    assert refused["type"] == f"{PROBLEM}gates-missing"
    assert refused["missing_gates"] == ["organization_approved", "program_approved", "training_registered"]


async def test_without_training_alone_the_request_is_kept_and_waits_D2(world: World) -> None:
    onboarding = await world.onboarding(trained=False)
    body = await world.request(onboarding)
    assert (body["stage"], body["who_is_next"]["code"]) == ("awaiting_training", "requester")
    assert body["missing_gates"] == ["training_registered"]
    assert "inscrit à une session de formation" in body["notice"]["lines"]["fr"][-1]
    organization = {"id": body["organization"]["id"]}
    await world.seat(organization)
    assert (await world.get(f"/onboardings/{onboarding['id']}"))["stage"] == "provisioning"


async def test_a_second_request_of_the_organization_gets_the_first_ones_notice_S27_D1(world: World) -> None:
    organization = await world.organization("Science Jeunesse")
    await world.seat(organization)
    first, second = [(await world.program(organization))["onboarding"] for _ in range(2)]
    await world.request(first, email="first@example.com")
    for onboarding in (first, second):
        refused = await world.request(onboarding, 409, email="second@example.com")
        assert refused["type"] == f"{PROBLEM}already-requested"
        notice = refused["notice"]
        assert notice["entity"]["fr"] == "Science Jeunesse"
        assert notice["recipient"] == {"name": "Jane Doe", "email": "first@example.com"}
        assert notice["requester"] == {"name": "Daniel Test", "email": ADMIN}
        assert (notice["brand"], notice["support_site"]) == ("MentorCity", "support.mentoringcanada.ca")
    assert await _count(world, AccessRequest) == 1


async def test_by_program_the_others_of_the_organization_do_not_wait_D1(
    world: World, app: FastAPI, settings: Settings
) -> None:
    app.state.settings = settings.model_copy(update={"request_scope": "program"})
    organization = await world.organization("Science Jeunesse")
    await world.seat(organization)
    first, second = [(await world.program(organization, title))["onboarding"] for title in (TITLE, "Autre")]
    await world.request(first)
    requested = await world.request(second, program_title="Autre")
    assert requested["notice"]["entity"]["fr"] == "Autre"
    await world.request(first, 409)


async def test_after_the_end_the_request_is_refused_and_a_new_onboarding_may_ask_D1(world: World) -> None:
    onboarding = await world.requested()
    async with world.database.transaction() as tx:
        row = (await tx.scalars(select(Onboarding))).one()
        row.blocks, row.stage = None, row.stage.WITHDRAWN
    refused = await world.request(onboarding, 409)
    assert refused["type"] == f"{PROBLEM}onboarding-ended"
    new = await world.post("/onboardings", {"program_id": onboarding["program"]["id"]})
    await world.request(new)


async def test_two_admins_at_once_for_two_programs_are_one_request_S25_F23(world: World) -> None:
    for turn in range(5):
        organization = await world.organization(f"Organisme {turn}")
        await world.seat(organization)
        starts = [(await world.program(organization))["onboarding"] for _ in range(2)]
        paths = [f"/api/v1/onboardings/{start['id']}/access-request" for start in starts]
        answers = await asyncio.gather(*(world.client.post(path, json=form()) for path in paths * 4))
        assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["notice"]["recipient"]["name"] == "Jane Doe"
    assert await _count(world, AccessRequest) == 5


async def test_the_logo_is_made_small_and_harmless_and_its_name_is_kept_S22(world: World, settings: Settings) -> None:
    onboarding = await world.onboarding()
    answer = await _send(world, onboarding, _picture("JPEG"), "Avancé\u202e.jpg")
    assert (answer.status_code, answer.json()["request"]["has_logo"]) == (202, True)
    async with world.database.transaction() as tx:
        logo = (await tx.scalars(select(Logo))).one()
        request = (await tx.scalars(select(AccessRequest))).one()
    assert (request.logo_id, logo.name, logo.width, logo.height) == (logo.id, "Avancé.jpg", 300, 200)
    stored = await Logos(settings.data_dir / "files").get(logo.sha256)
    assert stored.startswith(b"\x89PNG")


async def test_a_form_without_a_logo_is_a_form_S22(world: World) -> None:
    path = f"/api/v1/onboardings/{(await world.onboarding())['id']}/access-request"
    headers = {"Content-Type": 'multipart/form-data; boundary="edge"'}
    answer = await world.client.post(path, content=_as_a_browser_without_a_file(), headers=headers)
    assert (answer.status_code, answer.json()["request"]["has_logo"]) == (202, False)


async def test_a_wrong_logo_is_named_beside_the_other_wrong_fields_S22(world: World) -> None:
    onboarding = await world.onboarding()
    wrong = [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo_not_an_image"),
        (_picture()[:200], "logo_not_an_image"),
        (b"\x89PNG" + b"\0" * 1_000_001, "logo_too_large"),
        (_picture(size=(2001, 2000)), "logo_too_many_pixels"),
    ]
    for logo, code in wrong:
        answer = await _send(world, onboarding, logo, email="nobody")
        assert answer.status_code == 422
        assert _codes(answer.json()) == {("logo", code), ("email", "email_invalid")}
    assert await _count(world, Logo) == 0


async def test_a_logo_that_is_no_file_is_refused(world: World) -> None:
    onboarding = await world.onboarding()
    fields = {name: str(value) for name, value in form(logo="Advanced.png").items()}
    files = {"first_name": ("name.txt", b"Jane")}
    fields.pop("first_name")
    path = f"/api/v1/onboardings/{onboarding['id']}/access-request"
    answer = await world.client.post(path, data=fields, files=files)
    assert _codes(answer.json()) == {("logo", "logo_not_an_image"), ("first_name", "malformed")}


async def test_a_stranger_cannot_make_us_look_at_pictures(anybody: httpx2.AsyncClient, settings: Settings) -> None:
    path = "/api/v1/onboardings/00000000-0000-4000-8000-000000000000/access-request"
    key = "psl_0123456789_" + "x" * 43
    for authorization in ({}, {"Authorization": f"Bearer {key}"}):
        answer = await anybody.post(path, data=form(), files={"logo": _picture()}, headers=authorization)
        assert answer.status_code == 401
    assert list((settings.data_dir / "files").rglob("*.png")) == []


UNREADABLE = [
    (b"{", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
    (b"[]", "application/json", 422),
    (b"null", "application/json", 422),
    (b"a=b", "application/x-www-form-urlencoded", 415),
    (b"{}", "text/plain", 415),
    (b"{}", "", 415),
    (b"nothing like a form", "multipart/form-data; boundary=x", 400),
    (b"--x\r\n\r\n", "multipart/form-data", 400),
    (b"x" * 1_200_000, "application/json", 413),
]


async def test_what_cannot_be_read_is_a_problem_and_no_failure(world: World) -> None:
    path = f"/api/v1/onboardings/{(await world.onboarding())['id']}/access-request"
    for content, media_type, status in UNREADABLE:
        answer = await world.client.post(path, content=content, headers={"Content-Type": media_type})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), media_type


async def test_a_form_of_a_thousand_fields_is_not_read(world: World) -> None:
    onboarding = await world.onboarding()
    fields = {f"field{number}": "x" for number in range(1000)}
    path = f"/api/v1/onboardings/{onboarding['id']}/access-request"
    answer = await world.client.post(path, data=fields, files={"logo": _picture()})
    assert answer.status_code == 400


async def test_a_body_that_grows_beyond_the_limit_while_it_is_read_is_refused(world: World) -> None:
    async def endless() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    onboarding = await world.onboarding()
    path = f"/api/v1/onboardings/{onboarding['id']}/access-request"
    answer = await world.client.post(path, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, f"{PROBLEM}too-large")


async def test_few_statements_make_a_request(world: World) -> None:
    """The bar is 150 requests a second: every statement counts."""

    onboarding = await world.onboarding()
    statements: list[str] = []
    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *values: statements.append(str(values[2])))
    await world.post(f"/onboardings/{onboarding['id']}/access-request", form(), 202, **{"Idempotency-Key": "once"})
    assert len(statements) <= 8, statements
