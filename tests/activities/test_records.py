"""What the workflow decides by itself, written once (D4, L4, L5)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from temporalio.testing import ActivityEnvironment

from activities.records import RecordActivities
from passerelle.db import commands, onboardings
from passerelle.db.database import Database
from passerelle.db.tables import CommandRow, OutboxRow, TimelineEntry
from passerelle.domain.stages import Cause, Facts, Stage, stage_of
from passerelle.domain.timeline import Actor, ActorKind
from tests import platform_world
from tests.platform_world import NOW
from workflows.messages import ApplyCommand, CommandApplied, RecordAttention, RecordStep

EXPIRY = 30 * 86_400.0
LATER = NOW + timedelta(days=1)
OPERATOR = Actor(ActorKind.OPERATOR, "Marie")


async def waiting(database: Database, **facts: object) -> UUID:
    """An onboarding that awaits its registration, or what the given facts make of it."""
    onboarding_id = (await platform_world.invited(database)).onboarding_id
    await platform_world.set_facts(database, onboarding_id, invited_at=NOW, **facts)
    return onboarding_id


async def facts_of(database: Database, onboarding_id: UUID) -> Facts:
    async with database.transaction() as tx:
        return (await onboardings.case(tx, onboarding_id)).onboarding.facts


async def timeline(database: Database, onboarding_id: UUID) -> list[TimelineEntry]:
    async with database.transaction() as tx:
        return await onboardings.timeline(tx, onboarding_id)


async def attend(database: Database, onboarding_id: UUID, cause: Cause) -> Facts:
    step = RecordAttention(onboarding_id, cause, LATER)
    return await ActivityEnvironment().run(RecordActivities(database).record_attention, step)


async def lapse(database: Database, onboarding_id: UUID) -> Facts:
    step = RecordStep(onboarding_id, LATER)
    return await ActivityEnvironment().run(RecordActivities(database).record_lapse, step)


async def order(database: Database, onboarding_id: UUID, command: str, update_id: str = "one") -> CommandApplied:
    step = ApplyCommand(onboarding_id, update_id, command, LATER, EXPIRY)
    return await ActivityEnvironment().run(RecordActivities(database).apply_command, step)


async def give(database: Database, onboarding_id: UUID, command: str, reason: str = "Asked by phone") -> None:
    async with database.transaction() as tx:
        await commands.put(tx, "one", onboarding_id, command, OPERATOR, reason=reason)


async def outcome(database: Database) -> str | None:
    async with database.transaction() as tx:
        return (await tx.get_one(CommandRow, "one")).outcome


async def test_attention_is_recorded_once_with_its_first_cause_D4(database: Database) -> None:
    onboarding_id = await waiting(database)
    first = await attend(database, onboarding_id, Cause.BOUNCED)
    assert (first.cause, first.attention_at, stage_of(first)) == (Cause.BOUNCED, LATER, Stage.NEEDS_ATTENTION)
    assert await attend(database, onboarding_id, Cause.EXPIRED) == first
    (entry,) = await timeline(database, onboarding_id)
    assert (entry.event, entry.details) == ("attention_needed", {"cause": "bounced"})


async def test_the_trouble_of_facts_that_have_changed_since_is_nobodys_any_more_F41(database: Database) -> None:
    onboarding_id = await waiting(database)
    now = await facts_of(database, onboarding_id)
    for version, cause in [(now.version - 1, None), (now.version, Cause.EXPIRED)]:
        step = RecordAttention(onboarding_id, Cause.EXPIRED, LATER, version)
        found = await ActivityEnvironment().run(RecordActivities(database).record_attention, step)
        assert found.cause is cause


async def test_attention_after_the_end_changes_nothing_F26(database: Database) -> None:
    onboarding_id = await waiting(database, registered_at=NOW)
    assert (await attend(database, onboarding_id, Cause.EXPIRED)).cause is None
    assert await timeline(database, onboarding_id) == []


async def test_an_expired_onboarding_lapses_once_L4(database: Database) -> None:
    onboarding_id = await waiting(database, cause=Cause.EXPIRED, attention_at=NOW)
    first = await lapse(database, onboarding_id)
    assert (first.lapsed_at, stage_of(first)) == (LATER, Stage.LAPSED)
    assert await lapse(database, onboarding_id) == first
    assert [entry.event for entry in await timeline(database, onboarding_id)] == ["lapsed"]


async def test_an_onboarding_that_was_renewed_meanwhile_does_not_lapse_L4(database: Database) -> None:
    onboarding_id = await waiting(database)
    assert (await lapse(database, onboarding_id)).lapsed_at is None


@pytest.mark.parametrize(
    ("command", "before", "event", "stage"),
    [
        ("retry", {"cause": Cause.BOUNCED, "attention_at": NOW}, "retried", Stage.INVITING),
        ("resend", {}, "resent", Stage.INVITING),
        ("extend", {"cause": Cause.EXPIRED, "attention_at": NOW}, "extended", Stage.AWAITING_REGISTRATION),
        ("withdraw", {}, "withdrawn", Stage.WITHDRAWN),
    ],
)
async def test_a_command_is_carried_out_and_told_with_actor_and_reason_L5(
    database: Database, command: str, before: dict[str, object], event: str, stage: Stage
) -> None:
    onboarding_id = await waiting(database, **before)
    await give(database, onboarding_id, command)
    applied = await order(database, onboarding_id, command)
    assert (applied.outcome, stage_of(applied.facts)) == ("applied", stage)
    assert applied.facts == await facts_of(database, onboarding_id)
    (entry,) = await timeline(database, onboarding_id)
    assert (entry.event, entry.actor_kind, entry.actor_name) == (event, "operator", "Marie")
    assert entry.reason == "Asked by phone"
    assert await outcome(database) == "applied"


async def test_resend_and_extend_renew_by_the_onboardings_own_expiry_L5(database: Database) -> None:
    onboarding_id = await waiting(database, expires_at=NOW)
    assert (await order(database, onboarding_id, "resend")).facts.expires_at == LATER + timedelta(days=30)
    await platform_world.set_facts(database, onboarding_id, mailed=2, expires_at=LATER + timedelta(days=2))
    extended = await order(database, onboarding_id, "extend", "another")
    assert extended.facts.expires_at == LATER + timedelta(days=32)


async def test_the_same_command_twice_has_one_effect_and_one_answer_L5_F24(database: Database) -> None:
    onboarding_id = await waiting(database)
    first = await order(database, onboarding_id, "resend")
    assert await order(database, onboarding_id, "resend") == first
    assert first.facts.mailing == 2
    assert len(await timeline(database, onboarding_id)) == 1


async def test_an_id_that_somebody_chose_twice_is_no_answer_for_another_onboarding_or_command_L5(
    database: Database,
) -> None:
    first, second = await waiting(database), await waiting(database)
    assert (await order(database, first, "resend", "ticket-1")).outcome == "applied"
    assert (await order(database, second, "resend", "ticket-1")).outcome == "update_id_used"
    assert (await order(database, first, "withdraw", "ticket-1")).outcome == "update_id_used"
    assert [stage_of(await facts_of(database, one)) for one in (first, second)] == [
        Stage.INVITING,
        Stage.AWAITING_REGISTRATION,
    ]


async def test_fifty_runs_of_one_command_at_once_have_one_effect_F24(database: Database) -> None:
    onboarding_id = await waiting(database)
    await give(database, onboarding_id, "resend")
    answers = await asyncio.gather(*(order(database, onboarding_id, "resend") for _ in range(50)))
    assert {answer.outcome for answer in answers} == {"applied"}
    assert {answer.facts.mailing for answer in answers} == {2}


async def test_a_command_that_the_facts_forbid_is_refused_and_not_told_L5(database: Database) -> None:
    onboarding_id = await waiting(database)
    before = await facts_of(database, onboarding_id)
    assert await order(database, onboarding_id, "retry") == CommandApplied("not_allowed_now", before)
    assert await outcome(database) == "not_allowed_now"
    assert await timeline(database, onboarding_id) == []


async def test_a_command_that_was_abandoned_is_never_carried_out_L5(database: Database) -> None:
    onboarding_id = await waiting(database)
    await give(database, onboarding_id, "withdraw")
    async with database.transaction() as tx:
        assert await commands.settle(tx, "one", "abandoned") == "abandoned"
    applied = await order(database, onboarding_id, "withdraw")
    assert (applied.outcome, stage_of(applied.facts)) == ("abandoned", Stage.AWAITING_REGISTRATION)


async def test_a_command_from_the_temporal_ui_has_an_actor_too_O4(database: Database) -> None:
    onboarding_id = await waiting(database)
    await order(database, onboarding_id, "withdraw")
    (entry,) = await timeline(database, onboarding_id)
    assert (entry.actor_kind, entry.actor_name, entry.reason) == ("temporal_ui", "", "")


async def test_the_workflow_that_asked_is_not_signalled_and_the_version_grows(database: Database) -> None:
    onboarding_id = await waiting(database)
    before = await facts_of(database, onboarding_id)
    after = (await order(database, onboarding_id, "extend")).facts
    assert after == replace(before, version=before.version + 1, expires_at=after.expires_at)
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count(OutboxRow.id))) == 0
