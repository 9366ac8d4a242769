"""The account on the platform: provisioned once in effect, disabled where it is ours (L9, D3)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.accounts import AccountActivities
from passerelle.db import onboardings
from passerelle.db.database import Database
from passerelle.domain.errors import NotFound, Refused
from passerelle.domain.stages import Facts, Stage, stage_of
from passerelle.platforms.embedded import EmbeddedPlatform
from passerelle.platforms.port import Platform
from tests import platform_world
from tests.platform_world import KEY, NOW
from workflows.messages import ProvisionAccount, RecordStep

EXPIRES_AT = NOW + timedelta(days=30)


@dataclass
class FakePlatform:
    """Remembers what it was asked; `failure` is what it answers."""

    failure: Exception | None = None
    provisioned: list[tuple[UUID, int]] = field(default_factory=list)

    async def provision(self, onboarding_id: UUID, generation: int, at: datetime) -> None:
        self.provisioned.append((onboarding_id, generation))
        if self.failure:
            raise self.failure

    async def disable(self, onboarding_id: UUID, at: datetime) -> bool:
        return True


async def provision(
    database: Database, onboarding_id: UUID, generation: int = 1, platform: Platform | None = None
) -> Facts:
    activities = AccountActivities(platform or EmbeddedPlatform(database, KEY), database)
    step = ProvisionAccount(onboarding_id, generation, NOW, EXPIRES_AT)
    return await ActivityEnvironment().run(activities.provision, step)


async def disable(database: Database, onboarding_id: UUID) -> None:
    activities = AccountActivities(EmbeddedPlatform(database, KEY), database)
    await ActivityEnvironment().run(activities.disable, RecordStep(onboarding_id, NOW))


async def events(database: Database, onboarding_id: UUID) -> list[str]:
    async with database.transaction() as tx:
        return [entry.event for entry in await onboardings.timeline(tx, onboarding_id)]


async def test_account_credential_and_expiry_exist_afterwards_S33_D3(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    facts = await provision(database, onboarding_id)
    assert (facts.provisioned, facts.expires_at, stage_of(facts)) == (1, EXPIRES_AT, Stage.INVITING)
    assert (await platform_world.account(database)).created_by == onboarding_id
    async with database.transaction() as tx:
        assert [invitation.generation for invitation in await platform_world.invitations(tx)] == [1]
    assert await events(database, onboarding_id) == ["account_provisioned"]


async def test_a_second_run_changes_nothing_F10(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    first = await provision(database, onboarding_id)
    assert await provision(database, onboarding_id) == first
    assert await events(database, onboarding_id) == ["account_provisioned"]


async def test_a_late_run_for_a_replaced_generation_changes_nothing_F41(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    await platform_world.set_facts(database, onboarding_id, generation=2, mailing=2)
    facts = await provision(database, onboarding_id, generation=1)
    assert facts.provisioned == 0
    async with database.transaction() as tx:
        assert await platform_world.accounts(tx) == []


async def test_a_platform_that_refuses_is_not_asked_again_L3(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    platform = FakePlatform(Refused("platform_account_disabled"))
    with pytest.raises(ApplicationError) as caught:
        await provision(database, onboarding_id, platform=platform)
    assert (caught.value.type, caught.value.non_retryable) == ("platform_account_disabled", True)
    assert await events(database, onboarding_id) == []


async def test_an_onboarding_without_a_request_is_hopeless_L3(database: Database) -> None:
    with pytest.raises(ApplicationError) as caught:
        await provision(database, uuid4())
    assert (caught.value.type, caught.value.non_retryable) == ("onboarding_not_found", True)
    assert issubclass(NotFound, Refused)


async def test_a_platform_that_is_away_is_asked_again_L3(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    with pytest.raises(OSError, match="away"):
        await provision(database, onboarding_id, platform=FakePlatform(OSError("away")))
    platform = FakePlatform()
    assert (await provision(database, onboarding_id, platform=platform)).provisioned == 1
    assert platform.provisioned == [(onboarding_id, 1)]


async def test_an_account_that_was_made_is_disabled_and_told_once_L9(database: Database) -> None:
    onboarding_id = await platform_world.requested(database)
    await provision(database, onboarding_id)
    await platform_world.set_facts(database, onboarding_id, withdrawn_at=NOW)
    for _ in range(2):
        await disable(database, onboarding_id)
    assert (await platform_world.account(database)).disabled_at == NOW
    assert await events(database, onboarding_id) == ["account_provisioned", "account_disabled"]


async def test_an_account_that_existed_before_stays_and_nothing_is_told_L9(database: Database) -> None:
    await platform_world.invited(database)
    onboarding_id = await platform_world.requested(database)
    await provision(database, onboarding_id)
    await platform_world.set_facts(database, onboarding_id, withdrawn_at=NOW)
    await disable(database, onboarding_id)
    assert (await platform_world.account(database)).disabled_at is None
    assert await events(database, onboarding_id) == ["account_provisioned"]
