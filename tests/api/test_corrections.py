"""The recipient is corrected (L5, D3, F41): a fact, accepted while Temporal is away."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from passerelle.db.tables import AccessRequest, Invitation, OutboxRow
from passerelle.domain.stages import Cause
from tests.api.world import ADMIN, JSON, World
from tests.platform_world import provision, set_facts

NOW = datetime(2026, 3, 1, 20, 20, tzinfo=UTC)


def _path(onboarding: JSON) -> str:
    return f"/onboardings/{onboarding['id']}/commands/correct-recipient"


async def _invited(world: World) -> JSON:
    onboarding = await world.requested()
    await provision(world.database, UUID(onboarding["id"]))
    return await world.get(f"/onboardings/{onboarding['id']}")


async def test_another_address_is_another_generation_and_the_old_credential_is_dead_D3(world: World) -> None:
    onboarding = await _invited(world)
    corrected = await world.post(_path(onboarding), {"email": "Janet@Example.com"}, 200)
    assert corrected["stage"] == "provisioning"
    assert corrected["request"]["recipient"] == {"name": "Jane Doe", "email": "janet@example.com"}
    async with world.database.transaction() as tx:
        (invitation,) = await tx.scalars(select(Invitation))
        message = (await tx.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1))).one()
    assert invitation.revoked_at is not None
    assert (message.signal, message.facts["generation"]) == ("recipient_corrected", 2)


async def test_it_heals_a_bounce_L6(world: World) -> None:
    onboarding = await _invited(world)
    await set_facts(world.database, UUID(onboarding["id"]), cause=Cause.BOUNCED, attention_at=NOW)
    corrected = await world.post(_path(onboarding), {"email": "janet@example.com"}, 200)
    assert (corrected["stage"], corrected["cause"]) == ("provisioning", None)


async def test_another_name_is_invited_anew_too_D3(world: World) -> None:
    corrected = await world.post(_path(await _invited(world)), {"first_name": "Janet"}, 200)
    assert (corrected["stage"], corrected["request"]["recipient"]["name"]) == ("provisioning", "Janet Doe")


async def test_another_phone_number_is_recorded_and_the_invitation_lives_on(world: World) -> None:
    onboarding = await _invited(world)
    corrected = await world.post(_path(onboarding), {"phone": "438-555-0199"}, 200)
    assert (corrected["stage"], corrected["request"]["phone"]) == ("awaiting_registration", "+14385550199")
    told = (await world.get(f"/onboardings/{onboarding['id']}/timeline"))["items"][-1]
    assert told["sentence"]["en"].startswith("The designated person’s phone number was corrected by")


async def test_the_same_values_again_change_nothing(world: World) -> None:
    onboarding = await _invited(world)
    body = {"email": "janet@example.com", "first_name": "Janet"}
    first = await world.post(_path(onboarding), body, 200)
    assert await world.post(_path(onboarding), body, 200) == first


async def test_an_admin_may_ask_for_it_and_is_named_L5(world: World) -> None:
    onboarding = await _invited(world)
    body = {"last_name": "Roy", "requested_by": ADMIN, "reason": "Mariage"}
    await world.post(_path(onboarding), body, 200)
    told = (await world.get(f"/onboardings/{onboarding['id']}/timeline"))["items"][-1]
    assert (told["actor_kind"], told["actor_name"], told["reason"]) == ("requester", "Daniel Test", "Mariage")
    refused = await world.post(_path(onboarding), {**body, "requested_by": "stranger@example.com"}, 403)
    assert refused["type"] == "urn:passerelle:problem:not-an-admin"


async def test_wrong_and_missing_fields_are_all_named_S20(world: World) -> None:
    onboarding = await _invited(world)
    wrong = await world.post(_path(onboarding), {"email": "x", "phone": "1", "first_name": "a\u0000", "title": 1}, 422)
    assert {error["field"] for error in wrong["errors"]} == {"email", "phone", "first_name", "title"}
    nothing = await world.post(_path(onboarding), {"reason": "?"}, 422)
    assert {error["code"] for error in nothing["errors"]} == {"nothing_to_change"}


async def test_before_the_request_and_after_the_end_it_is_refused_L5(world: World) -> None:
    waiting = await world.onboarding()
    refused = await world.post(_path(waiting), {"first_name": "Janet"}, 409)
    assert (refused["code"], refused["allowed_commands"]) == ("not_allowed_now", ["withdraw"])
    requested = await world.request(waiting)
    await set_facts(world.database, UUID(requested["id"]), registered_at=NOW)
    await world.post(_path(requested), {"first_name": "Janet"}, 409)


async def test_two_corrections_of_one_version_are_one_and_a_refusal(world: World) -> None:
    onboarding = await _invited(world)
    headers = {"If-Match": f'"{onboarding["version"]}"'}
    names = ("Janet", "Joan")
    answers = await asyncio.gather(
        *(
            world.client.post(f"/api/v1{_path(onboarding)}", json={"first_name": name}, headers=headers)
            for name in names
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    async with world.database.transaction() as tx:
        request = (await tx.scalars(select(AccessRequest))).one()
    assert request.first_name in names
