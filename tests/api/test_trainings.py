"""Training sessions and seats (S4, S6, L2, T6)."""

import asyncio
from uuid import uuid4

from sqlalchemy import func, select

from passerelle.db.tables import OutboxRow, Registration
from tests.api.world import JSON, World

SEATS, CLIENTS = 20, 60


async def _stage(world: World, onboarding: JSON) -> str:
    return str((await world.get(f"/onboardings/{onboarding['id']}"))["stage"])


async def _take(world: World, organization: JSON, session: JSON) -> int:
    path = f"/api/v1/training-sessions/{session['id']}/registrations"
    answer = await world.client.post(path, json={"organization_id": organization["id"]})
    return answer.status_code


async def test_a_session_is_planned_and_listed_with_its_seats(world: World) -> None:
    session = await world.session(seats=2)
    assert session["starts_at"] == "2026-12-01T18:00:00Z"
    assert session["time_zone"] == "America/Toronto"
    await world.seat(await world.organization(), session)
    (listed,) = (await world.get("/training-sessions"))["items"]
    assert (listed["seats"], listed["seats_taken"]) == (2, 1)
    assert await world.get(f"/training-sessions/{session['id']}") == listed


async def test_a_session_that_makes_no_sense_is_refused(world: World) -> None:
    good = {"title": "Formation", "language": "fr", "starts_at": "2026-12-01T13:00:00-05:00", "seats": 3}
    senseless = [
        ("starts_at", "2026-12-01T13:00:00", "malformed"),
        ("seats", 0, "out_of_range"),
        ("language", "de", "language_unknown"),
        ("time_zone", "America/Nowhere", "time_zone_unknown"),
        ("time_zone", "../../etc/passwd", "time_zone_unknown"),
        ("meeting_link", "javascript:alert(1)", "address_invalid"),
    ]
    for field, value, code in senseless:
        refused = await world.post("/training-sessions", {**good, field: value}, 422)
        assert [(error["field"], error["code"]) for error in refused["errors"]] == [(field, code)]


async def test_a_seat_opens_the_gate_of_every_onboarding_of_the_organization_S4(world: World) -> None:
    organization = await world.organization()
    first = (await world.program(organization))["onboarding"]
    second = (await world.program(organization, "Autre"))["onboarding"]
    await world.seat(organization)
    assert [await _stage(world, each) for each in (first, second)] == ["awaiting_request"] * 2
    async with world.database.transaction() as tx:
        signals = list(await tx.scalars(select(OutboxRow.signal).order_by(OutboxRow.id)))
    assert signals == ["started", "started", "training_registered", "training_registered"]


async def test_registration_counts_before_the_session_has_begun_S6(world: World) -> None:
    onboarding = await world.onboarding(trained=True)
    assert onboarding["stage"] == "awaiting_request"
    assert onboarding["missing_gates"] == []


async def test_cancelling_the_only_seat_closes_the_gate_again_L2(world: World) -> None:
    organization = await world.organization()
    seat = await world.seat(organization)
    onboarding = (await world.program(organization))["onboarding"]
    path = f"/api/v1/training-sessions/{seat['training_session_id']}/registrations/{seat['id']}"
    for _ in range(2):
        assert (await world.client.delete(path)).status_code == 204, "cancelled twice is cancelled once"
    assert await _stage(world, onboarding) == "awaiting_training"


async def test_a_second_seat_keeps_the_gate_open_L2(world: World) -> None:
    organization = await world.organization()
    seat = await world.seat(organization)
    await world.seat(organization)
    onboarding = (await world.program(organization))["onboarding"]
    await world.client.delete(f"/api/v1/training-sessions/{seat['training_session_id']}/registrations/{seat['id']}")
    assert await _stage(world, onboarding) == "awaiting_request"


async def test_cancelling_after_the_request_changes_nothing_for_it_L2(world: World) -> None:
    organization = await world.organization()
    seat = await world.seat(organization)
    onboarding = (await world.program(organization))["onboarding"]
    await world.request(onboarding)
    await world.client.delete(f"/api/v1/training-sessions/{seat['training_session_id']}/registrations/{seat['id']}")
    assert await _stage(world, onboarding) == "provisioning"


async def test_the_seat_that_exists_is_returned_to_who_registers_again(world: World) -> None:
    organization, session = await world.organization(), await world.session()
    seat = await world.seat(organization, session)
    path = f"/training-sessions/{session['id']}/registrations"
    refused = await world.post(path, {"organization_id": organization["id"]}, 409)
    assert refused["type"] == "urn:passerelle:problem:already-registered"
    assert refused["registration"] == seat


async def test_a_full_session_refuses_and_a_freed_seat_is_free_T6(world: World) -> None:
    session = await world.session(seats=1)
    seat = await world.seat(await world.organization(), session)
    other = await world.organization("Autre")
    path = f"/training-sessions/{session['id']}/registrations"
    refused = await world.post(path, {"organization_id": other["id"]}, 409)
    assert refused["type"] == "urn:passerelle:problem:session-full"
    await world.client.delete(f"/api/v1{path}/{seat['id']}")
    await world.seat(other, session)


async def test_a_seat_in_another_session_cannot_be_cancelled_here(world: World) -> None:
    seat, other = await world.seat(await world.organization()), await world.session()
    answer = await world.client.delete(f"/api/v1/training-sessions/{other['id']}/registrations/{seat['id']}")
    assert answer.status_code == 404


async def test_unknown_session_or_organization(world: World) -> None:
    organization, session = await world.organization(), await world.session()
    body = {"organization_id": organization["id"]}
    await world.post(f"/training-sessions/{uuid4()}/registrations", body, 404)
    refused = await world.post(
        f"/training-sessions/{session['id']}/registrations", {"organization_id": str(uuid4())}, 422
    )
    assert refused["errors"][0]["field"] == "organization_id"


async def test_twenty_seats_and_sixty_organizations_at_once_fill_exactly_twenty_T6(world: World) -> None:
    session = await world.session(seats=SEATS)
    organizations = [await world.post("/organizations", {"name_fr": f"Organisme {n}"}) for n in range(CLIENTS)]
    statuses = await asyncio.gather(*(_take(world, each, session) for each in organizations))
    assert sorted(statuses) == [201] * SEATS + [409] * (CLIENTS - SEATS)
    async with world.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(Registration)) == SEATS


async def test_one_organization_registering_ten_times_at_once_has_one_seat_T6(world: World) -> None:
    session, organization = await world.session(), await world.organization()
    statuses = await asyncio.gather(*(_take(world, organization, session) for _ in range(10)))
    assert sorted(statuses) == [201] + [409] * 9


async def test_the_gate_agrees_with_the_seats_whatever_happens_at_once_L2(world: World) -> None:
    """Starting, registering and cancelling side by side: the gate is open if and only if a seat is left."""
    for turn in range(6):
        organization = await world.organization(f"Organisme {turn}")
        program = await world.program(organization, approved=False)
        seat = await world.seat(organization)
        cancel = f"/api/v1/training-sessions/{seat['training_session_id']}/registrations/{seat['id']}"
        session = await world.session()
        both = [_take(world, organization, session)] if turn % 2 else []
        approval = world.client.post(f"/api/v1/programs/{program['id']}/approval", json={})
        await asyncio.gather(approval, world.client.delete(cancel), *both)
        onboarding = (await world.get(f"/programs/{program['id']}"))["onboarding"]
        assert await _stage(world, onboarding) == ("awaiting_request" if both else "awaiting_training")
