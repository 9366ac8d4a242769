"""Onboardings as the API shows them (L1, L7, L10, O2, D3)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from passerelle.db.tables import Onboarding, OutboxRow, TimelineEntry
from passerelle.domain.stages import Cause
from passerelle.domain.timeline import Event
from passerelle.services.onboardings import durations_of
from passerelle.settings import Settings
from tests.api.world import JSON, World
from tests.platform_world import set_facts

NOW = datetime(2026, 3, 1, 20, 20, tzinfo=UTC)
PROBLEM = "urn:passerelle:problem:"


async def _set(world: World, onboarding: JSON, **facts: object) -> JSON:
    """The onboarding with other facts, as the workflow would have written them."""
    await set_facts(world.database, UUID(onboarding["id"]), **facts)
    return await world.get(f"/onboardings/{onboarding['id']}")


async def test_started_twice_it_is_the_same_one_L1(world: World) -> None:
    program = await world.program(await world.organization())
    answer = await world.client.post("/api/v1/onboardings", json={"program_id": program["id"]})
    assert (answer.status_code, answer.json()["id"]) == (200, program["onboarding"]["id"])


async def test_started_by_many_at_once_it_is_one_with_one_message_L1(world: World) -> None:
    organization = await world.organization()
    program = await world.program(organization)
    await set_facts(world.database, UUID(program["onboarding"]["id"]), withdrawn_at=NOW)
    body = {"program_id": program["id"]}
    answers = await asyncio.gather(*(world.client.post("/api/v1/onboardings", json=body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    (new,) = {answer.json()["id"] for answer in answers}
    assert new != program["onboarding"]["id"], "the withdrawn one made room for another"
    async with world.database.transaction() as tx:
        signals = list(await tx.scalars(select(OutboxRow.signal).where(OutboxRow.subject_id == UUID(new))))
    assert signals == ["started"]


@pytest.mark.parametrize("end", ["withdrawn_at", "lapsed_at"])
async def test_after_an_end_a_new_one_may_be_started_with_its_location_D1(world: World, end: str) -> None:
    onboarding = await world.onboarding()
    await _set(world, onboarding, **{end: NOW})
    answer = await world.client.post("/api/v1/onboardings", json={"program_id": onboarding["program"]["id"]})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/onboardings/{answer.json()['id']}"
    assert answer.json()["stage"] == "awaiting_request", "the seat that the organization has still counts"


async def test_after_completion_it_stays_the_same_one_D1(world: World) -> None:
    onboarding = await world.requested()
    await _set(world, onboarding, registered_at=NOW)
    again = await world.post("/onboardings", {"program_id": onboarding["program"]["id"]}, 200)
    assert (again["id"], again["stage"]) == (onboarding["id"], "completed")


async def test_a_program_that_is_not_approved_starts_nothing_S3(world: World) -> None:
    program = await world.program(await world.organization(), approved=False)
    refused = await world.post("/onboardings", {"program_id": program["id"]}, 409)
    assert refused["type"] == f"{PROBLEM}program-not-approved"
    unknown = await world.post("/onboardings", {"program_id": str(uuid4())}, 422)
    assert unknown["errors"][0]["field"] == "program_id"


async def test_its_waits_are_those_of_the_settings_at_its_start_L4(world: World, settings: Settings) -> None:
    onboarding = await world.onboarding()
    async with world.database.transaction() as tx:
        row = await tx.get_one(Onboarding, UUID(onboarding["id"]))
    assert row.durations["expiry"] == durations_of(settings).expiry == 30 * 86_400


async def test_every_stage_says_who_is_next_and_what_is_allowed_O2(world: World) -> None:
    at = NOW + timedelta(days=20)
    waiting = await world.onboarding(trained=False)
    assert (waiting["who_is_next"]["code"], waiting["missing_gates"]) == ("requester", ["training_registered"])
    onboarding = await world.requested()
    assert (onboarding["stage"], onboarding["who_is_next"]["code"]) == ("provisioning", "system")
    invited = await _set(world, onboarding, provisioned=1, mailed=1, invited_at=NOW, expires_at=at)
    assert (invited["stage"], invited["who_is_next"]["code"]) == ("awaiting_registration", "recipient")
    assert invited["next_step"]["kind"] == "remind_recipient"
    assert invited["next_step"]["at"] == "2026-03-04T20:20:00Z"
    assert "mercredi 4 mars 2026 à 15\u00a0h\u00a020" in invited["next_step"]["sentence"]["fr"]
    assert invited["allowed_commands"] == ["resend", "extend", "withdraw", "correct_recipient"]
    failed = await _set(world, onboarding, cause=Cause.PROVISIONING_FAILED, attention_at=at)
    assert (failed["stage"], failed["cause"]) == ("needs_attention", "provisioning_failed")
    assert (failed["who_is_next"]["code"], failed["next_step"]) == ("operator", None)
    expired = await _set(world, onboarding, cause=Cause.EXPIRED)
    assert (expired["who_is_next"]["code"], expired["next_step"]["kind"]) == ("requester", "lapse")
    ended = await _set(world, onboarding, withdrawn_at=at)
    assert (ended["who_is_next"]["code"], ended["allowed_commands"]) == ("nobody", [])


async def test_before_approval_of_the_organization_the_operator_is_next_S2(world: World) -> None:
    organization = await world.organization(approved=False)
    program = await world.program(organization)
    onboarding = await world.get(f"/onboardings/{program['onboarding']['id']}")
    assert onboarding["who_is_next"]["code"] == "operator"
    assert onboarding["missing_gates"] == ["organization_approved", "training_registered"]


async def test_the_temporal_ui_link_names_the_exact_run_O2(world: World) -> None:
    onboarding = await world.onboarding()
    workflow = f"http://localhost:8233/namespaces/default/workflows/onboarding-{onboarding['id']}"
    assert onboarding["temporal_ui_url"] == workflow
    async with world.database.transaction() as tx:
        await tx.execute(update(Onboarding).values(run_id="0199-run"))
    known = await world.get(f"/onboardings/{onboarding['id']}")
    assert (known["run_id"], known["temporal_ui_url"]) == ("0199-run", f"{workflow}/0199-run/history")


async def test_its_etag_is_its_version_and_grows(world: World) -> None:
    onboarding = await world.onboarding()
    path = f"/api/v1/onboardings/{onboarding['id']}"
    assert (await world.client.get(path)).headers["etag"] == '"1"'
    await world.request(onboarding)
    answer = await world.client.get(path)
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"' == '"2"'


async def test_the_list_filters_by_stage_and_pages_without_gap_or_repetition(world: World) -> None:
    made = {(await world.onboarding(trained=False))["id"] for _ in range(5)}
    other = await world.onboarding(trained=True)
    seen: list[str] = []
    path: str | None = "/onboardings?stage=awaiting_training&limit=2"
    while path:
        page = await world.get(path)
        seen += [item["id"] for item in page["items"]]
        following = page["next_cursor"]
        path = f"/onboardings?stage=awaiting_training&limit=2&cursor={following}" if following else None
    assert (len(seen), set(seen)) == (5, made)
    assert {item["id"] for item in (await world.get("/onboardings"))["items"]} == made | {other["id"]}


async def test_an_unknown_stage_or_limit_is_refused(world: World) -> None:
    for query, field in (("stage=flying", "stage"), ("limit=0", "limit"), ("limit=1000", "limit")):
        refused = await world.get(f"/onboardings?{query}", 422)
        assert [error["field"] for error in refused["errors"]] == [field]


async def test_the_timeline_tells_it_in_both_languages_L10(world: World) -> None:
    onboarding = await world.requested()
    told = await world.get(f"/onboardings/{onboarding['id']}/timeline")
    assert [item["event"] for item in told["items"]] == ["started", "access_requested"]
    requested = told["items"][1]
    assert requested["sentence"]["en"] == "Access to the platform was requested by Daniel Test (requester)."
    assert requested["sentence"]["fr"].startswith("L’accès à la plateforme a été demandé par Daniel Test")
    assert (requested["actor_kind"], requested["actor_name"]) == ("requester", "Daniel Test")
    assert told["who_is_next"]["code"] == "system"


async def test_the_notice_says_that_the_person_signed_in_L7(world: World) -> None:
    onboarding = await world.requested()
    invited = await _set(world, onboarding, provisioned=1, mailed=1, invited_at=NOW, expires_at=NOW)
    assert invited["notice"]["state"] == "awaiting_registration"
    async with world.database.transaction() as tx:
        entry = select(TimelineEntry).where(TimelineEntry.event == Event.ACCESS_REQUESTED)
        last = (await tx.scalars(entry)).one()
        values = {
            "actor_kind": "recipient",
            "actor_name": "",
            "details": {"generation": 1},
            "reason": "",
            "stage": last.stage,
        }
        at = NOW + timedelta(hours=1)
        tx.add(TimelineEntry(onboarding_id=UUID(onboarding["id"]), at=at, event=Event.SIGNED_IN, **values))
    signed_in = await world.get(f"/onboardings/{onboarding['id']}")
    assert signed_in["notice"]["state"] == "signed_in"
    assert signed_in["notice"]["lines"]["en"][-1].startswith("Now: Jane Doe signed in on Sunday, March 1, 2026")
