"""Commands through the API (L5): a true yes or no, 503 while Temporal is away, nothing half done."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from activities.records import RecordActivities
from passerelle.db.database import Database
from passerelle.db.tables import CommandRow, TimelineEntry
from passerelle.domain.commands import Command
from passerelle.domain.stages import Cause
from passerelle.orchestration import Unavailable
from tests.api.conftest import FakeTemporal
from tests.api.world import JSON, World
from tests.platform_world import set_facts
from workflows.messages import ApplyCommand, CommandResult

NOW = datetime(2026, 3, 1, 20, 20, tzinfo=UTC)
INVITED = {"provisioned": 1, "mailed": 1, "invited_at": NOW, "expires_at": NOW}


@dataclass(frozen=True)
class Worker:
    """Carries commands out as the real worker does, without the workflow between."""

    database: Database

    async def __call__(self, onboarding_id: UUID, command: Command, update_id: str) -> CommandResult:
        order = ApplyCommand(onboarding_id, update_id, command.value, datetime.now(UTC), expiry=60.0)
        applied = await RecordActivities(self.database).apply_command(order)
        return CommandResult(applied.outcome, "")


@pytest.fixture
def worker(temporal: FakeTemporal, database: Database) -> Worker:
    temporal.answers = Worker(database)
    return temporal.answers


def _path(onboarding: JSON, command: str) -> str:
    return f"/onboardings/{onboarding['id']}/commands/{command}"


async def _rows(world: World) -> list[CommandRow]:
    async with world.database.transaction() as tx:
        return list(await tx.scalars(select(CommandRow).order_by(CommandRow.created_at)))


async def test_withdraw_is_carried_out_before_the_answer_L5(world: World, worker: Worker) -> None:
    onboarding = await world.requested()
    body = {"actor": "Marie Tremblay", "reason": "Demande en double"}
    withdrawn = await world.post(_path(onboarding, "withdraw"), body, 200)
    assert (withdrawn["stage"], withdrawn["allowed_commands"]) == ("withdrawn", [])
    (row,) = await _rows(world)
    assert (row.command, row.actor_kind, row.actor_name, row.outcome) == (
        "withdraw",
        "operator",
        "Marie Tremblay",
        "applied",
    )
    told = (await world.get(f"/onboardings/{onboarding['id']}/timeline"))["items"][-1]
    assert (told["event"], told["reason"]) == ("withdrawn", "Demande en double")
    assert "Marie Tremblay (network’s staff)" in told["sentence"]["en"]


async def test_without_an_actor_the_application_is_named(world: World, worker: Worker) -> None:
    await world.post(_path(await world.requested(), "withdraw"), None, 200)
    (row,) = await _rows(world)
    assert (row.actor_kind, row.actor_name) == ("integrator", "Test integrator")


@pytest.mark.parametrize("command", ["retry", "resend", "extend"])
async def test_a_command_that_makes_no_sense_now_is_refused_with_those_that_do_L5(
    world: World, worker: Worker, temporal: FakeTemporal, command: str
) -> None:
    onboarding = await world.requested()
    refused = await world.post(_path(onboarding, command), {}, 409)
    assert refused["type"] == "urn:passerelle:problem:command-refused"
    assert refused["code"] == "not_allowed_now"
    assert refused["allowed_commands"] == ["withdraw", "correct_recipient"]
    assert temporal.given == [], "the facts decide; Temporal need not be asked"


async def test_each_command_works_in_its_stage_L5(world: World, worker: Worker) -> None:
    onboarding = await world.requested()
    known = UUID(onboarding["id"])
    await set_facts(world.database, known, **INVITED)
    assert (await world.post(_path(onboarding, "extend"), {}, 200))["stage"] == "awaiting_registration"
    assert (await world.post(_path(onboarding, "resend"), {}, 200))["stage"] == "inviting"
    await set_facts(world.database, known, cause=Cause.INVITATION_FAILED, attention_at=NOW)
    assert (await world.post(_path(onboarding, "retry"), {}, 200))["stage"] == "inviting"


async def test_while_temporal_is_away_the_answer_is_503_and_it_never_happens_later_L5(
    world: World, temporal: FakeTemporal, database: Database
) -> None:
    onboarding = await world.requested()
    answer = await world.client.post(f"/api/v1{_path(onboarding, 'withdraw')}", json={})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["type"] == "urn:passerelle:problem:temporal-unavailable"
    (row,) = await _rows(world)
    assert row.outcome == "abandoned"
    late = await Worker(database)(UUID(onboarding["id"]), Command.WITHDRAW, row.id)
    assert late.outcome == "abandoned"
    assert (await world.get(f"/onboardings/{onboarding['id']}"))["stage"] == "provisioning"


async def test_a_worker_that_was_faster_than_our_patience_makes_it_a_yes(
    world: World, temporal: FakeTemporal, database: Database
) -> None:
    async def done_but_the_answer_is_lost(onboarding: UUID, command: Command, update_id: str) -> CommandResult:
        await Worker(database)(onboarding, command, update_id)
        raise Unavailable

    temporal.answers = done_but_the_answer_is_lost
    assert (await world.post(_path(await world.requested(), "withdraw"), {}, 200))["stage"] == "withdrawn"


async def test_the_same_key_again_is_the_same_command_F24(world: World, worker: Worker, temporal: FakeTemporal) -> None:
    onboarding = await world.requested()
    await set_facts(world.database, UUID(onboarding["id"]), **INVITED)
    key = {"Idempotency-Key": "extend-once"}
    first = await world.post(_path(onboarding, "extend"), {}, 200, **key)
    again = await world.post(_path(onboarding, "extend"), {}, 200, **key)
    assert (again, len(temporal.given)) == (first, 1)
    await world.post(_path(onboarding, "extend"), {}, 200)
    assert len({update_id for _, _, update_id in temporal.given}) == 2


async def test_ten_clicks_at_once_with_one_key_have_one_effect_F24(world: World, worker: Worker) -> None:
    onboarding = await world.requested()
    await set_facts(world.database, UUID(onboarding["id"]), **INVITED)
    path, key = f"/api/v1{_path(onboarding, 'resend')}", {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(world.client.post(path, json={}, headers=key) for _ in range(10)))
    refused = {answer.json()["type"] for answer in answers if answer.status_code != 200}
    assert refused <= {"urn:passerelle:problem:request-in-progress"}
    assert len(await _rows(world)) == 1
    async with world.database.transaction() as tx:
        told = list(await tx.scalars(select(TimelineEntry).where(TimelineEntry.event == "resent")))
    assert len(told) == 1


async def test_after_a_503_the_same_key_gives_the_command_anew(
    world: World, temporal: FakeTemporal, database: Database
) -> None:
    onboarding, key = await world.requested(), {"Idempotency-Key": "patient"}
    for _ in range(2):
        await world.post(_path(onboarding, "withdraw"), {}, 503, **key)
    temporal.answers = Worker(database)
    await world.post(_path(onboarding, "withdraw"), {}, 200, **key)
    assert [row.outcome for row in await _rows(world)] == ["abandoned", "abandoned", "applied"]


async def test_a_refusal_by_the_workflow_is_the_answer(world: World, temporal: FakeTemporal) -> None:
    async def refuse(*_: object) -> CommandResult:
        return CommandResult("not_allowed_now", "provisioning")

    temporal.answers = refuse
    refused = await world.post(_path(await world.requested(), "withdraw"), {}, 409)
    assert refused["code"] == "not_allowed_now"
    (row,) = await _rows(world)
    assert row.outcome == "not_allowed_now"


async def test_a_decision_on_an_older_version_is_not_carried_out(world: World, worker: Worker) -> None:
    onboarding = await world.requested()
    path = _path(onboarding, "withdraw")
    refused = await world.post(path, {}, 412, **{"If-Match": '"1"'})
    assert refused["type"] == "urn:passerelle:problem:version-changed"
    await world.post(path, {}, 422, **{"If-Match": "1"})
    await world.post(path, {}, 200, **{"If-Match": f'"{onboarding["version"]}"'})


async def test_unknown_commands_onboardings_and_fields(world: World, worker: Worker) -> None:
    onboarding = await world.requested()
    for command in ("explode", "correct_recipient", "WITHDRAW"):
        await world.post(_path(onboarding, command), {}, 404)
    await world.post(_path({"id": str(uuid4())}, "withdraw"), {}, 404)
    for body in ({"note": "x"}, {"reason": "a\u0000b"}, {"actor": "x" * 200}, {"actor": "a@example.com"}):
        refused = await world.post(_path(onboarding, "withdraw"), body, 422)
        assert [error["field"] for error in refused["errors"]] == list(body)
