"""What the database itself guards of onboardings, and how they are written and read."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from passerelle.db import onboardings
from passerelle.db.database import Database
from passerelle.db.tables import Onboarding
from passerelle.domain.errors import NotFound
from passerelle.domain.stages import Facts, Stage, stage_of
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from tests import platform_world

AT = datetime(2026, 3, 1, tzinfo=UTC)


async def row(database: Database, onboarding_id: UUID) -> Onboarding:
    async with database.transaction() as tx:
        return await tx.get_one(Onboarding, onboarding_id)


async def second_of_the_same_program(database: Database, onboarding_id: UUID) -> UUID:
    first, facts = await row(database, onboarding_id), Facts(version=1)
    second = Onboarding(
        id=uuid4(), program_id=first.program_id, organization_id=first.organization_id,
        facts=facts, stage=stage_of(facts), durations=first.durations,
    )  # fmt: skip
    async with database.transaction() as tx:
        tx.add(second)
    return second.id


@pytest.mark.parametrize("ending", [{}, {"registered_at": AT}], ids=["live", "completed"])
async def test_a_program_has_one_live_or_completed_onboarding_D1_L1(
    database: Database, ending: dict[str, object]
) -> None:
    onboarding_id = await platform_world.requested(database)
    await platform_world.set_facts(database, onboarding_id, **ending)
    with pytest.raises(IntegrityError, match="uq_onboardings_program_live"):
        await second_of_the_same_program(database, onboarding_id)


@pytest.mark.parametrize("end", ["withdrawn_at", "lapsed_at"])
async def test_a_withdrawn_or_lapsed_onboarding_makes_room_for_the_next_D1(database: Database, end: str) -> None:
    onboarding_id = await platform_world.requested(database)
    await platform_world.set_facts(database, onboarding_id, **{end: AT})
    second = await second_of_the_same_program(database, onboarding_id)
    async with database.transaction() as tx:
        found = await onboardings.current_of_program(tx, (await row(database, second)).program_id)
    assert found is not None
    assert found.id == second


async def test_two_live_requests_never_block_the_same_organization_D1_F23(database: Database) -> None:
    first, second = [await platform_world.requested(database) for _ in range(2)]
    blocked = uuid4()
    async with database.transaction() as tx:
        await tx.execute(update(Onboarding).where(Onboarding.id == first).values(blocks=blocked))
        found = await onboardings.blocking(tx, blocked)
        assert found is not None
        assert found.id == first
    with pytest.raises(IntegrityError, match="uq_onboardings_blocks"):
        async with database.transaction() as tx:
            await tx.execute(update(Onboarding).where(Onboarding.id == second).values(blocks=blocked))


async def test_writing_sets_facts_stage_and_timeline_together_L10(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    async with database.transaction() as tx:
        found = await onboardings.locked(tx, onboarding_id)
        facts = replace(found.facts, version=4, provisioned=1)
        entry = Entry(Event.RETRIED, Actor(ActorKind.OPERATOR, "Marie"), {"number": 2}, "by phone")
        onboardings.write(tx, found, facts, entry, AT)
    after = await row(database, onboarding_id)
    assert (after.facts, after.stage, after.changed_at) == (facts, Stage.INVITING, AT)
    async with database.transaction() as tx:
        (told,) = await onboardings.timeline(tx, onboarding_id)
    assert (told.event, told.stage, told.details, told.reason) == ("retried", Stage.INVITING, {"number": 2}, "by phone")
    assert (told.actor_kind, told.actor_name, told.at) == ("operator", "Marie", AT)


@pytest.mark.parametrize("end", ["registered_at", "withdrawn_at", "lapsed_at"])
async def test_an_ended_onboarding_blocks_nobody_D1(database: Database, end: str) -> None:
    onboarding_id = await platform_world.requested(database)
    async with database.transaction() as tx:
        found = await onboardings.locked(tx, onboarding_id)
        found.blocks = uuid4()
        await tx.flush()
        facts = replace(found.facts, **{end: AT})  # type: ignore[arg-type]  # names of Facts
        onboardings.write(tx, found, facts, Entry(Event.WITHDRAWN), AT)
    assert (await row(database, onboarding_id)).blocks is None


async def test_every_fact_survives_the_database(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    full = Facts(
        version=9, training_registered=True, requested=True, generation=2, provisioned=2, mailing=3, mailed=3,
        expires_at=AT, invited_at=AT, reminded=1, attention_at=AT, registered_at=AT, withdrawn_at=AT, lapsed_at=AT,
    )  # fmt: skip
    async with database.transaction() as tx:
        found = await onboardings.locked(tx, onboarding_id)
        found.facts = full
    assert (await row(database, onboarding_id)).facts == full


async def test_a_case_is_everything_that_belongs_to_an_onboarding(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    async with database.transaction() as tx:
        case = await onboardings.case(tx, onboarding_id)
    assert case.request is not None
    assert case.requester is not None
    assert (case.onboarding.id, case.program.title_fr) == (onboarding_id, platform_world.TITLE)
    assert (case.organization.name_fr, case.request.first_name) == ("Science Jeunesse", "Jane")
    assert case.requester.first_name == "Daniel"


async def test_pages_of_onboardings_follow_each_other_without_gap_or_repetition_A(database: Database) -> None:
    ids = sorted([await platform_world.requested(database) for _ in range(5)])
    await platform_world.set_facts(database, ids[2], withdrawn_at=AT)
    found: list[UUID] = []
    async with database.transaction() as tx:
        for _ in range(4):
            page = await onboardings.cases(tx, None, found[-1] if found else None, 2)
            found += [case.onboarding.id for case in page]
        provisioning = await onboardings.cases(tx, Stage.PROVISIONING, None, 10)
    assert found == ids
    assert [case.onboarding.id for case in provisioning] == [*ids[:2], *ids[3:]]


async def test_what_does_not_exist_is_not_found(database: Database) -> None:
    async with database.transaction() as tx:
        for look in (onboardings.locked, onboardings.case):
            with pytest.raises(NotFound):
                await look(tx, uuid4())
        assert await onboardings.by_ids(tx, [uuid4()]) == {}


async def test_a_locked_onboarding_makes_others_wait(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    async with database.transaction() as tx:
        await onboardings.locked(tx, onboarding_id)
        async with database.transaction() as other:
            free = select(Onboarding.id).with_for_update(skip_locked=True)
            assert list(await other.scalars(free)) == []
