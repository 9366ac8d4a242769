"""Temporal is away, for real: nothing listens at its address (F30)."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import update

from passerelle.db import outbox
from passerelle.db.tables import OutboxRow
from passerelle.delivery.relay import Relay
from passerelle.domain.commands import Command
from passerelle.domain.schedule import Durations
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts, Stage
from passerelle.embedded.ports import free_port
from passerelle.orchestration import Orchestration, Unavailable, connect
from tests.workflows.conftest import world
from tests.workflows.world import RECIPIENT, World
from workflows.messages import OnboardingInput

__all__ = ["world"]


@pytest.fixture
async def away() -> Orchestration:
    return Orchestration(await connect(f"127.0.0.1:{free_port()}"))


CALLS: list[Callable[[Orchestration], Awaitable[object]]] = [
    lambda temporal: temporal.command(uuid4(), Command.RETRY, "one"),
    lambda temporal: temporal.inspect(uuid4()),
    lambda temporal: temporal.send_account_mail("account-mail-1", uuid4()),
    lambda temporal: temporal.signal(
        "onboarding-1", OnboardingInput(uuid4(), Facts(), Durations()), Signal.STARTED, ended=False
    ),
]


@pytest.mark.parametrize("call", CALLS, ids=["command", "inspect", "mail", "signal"])
async def test_every_call_says_that_temporal_is_away_S45(
    away: Orchestration, call: Callable[[Orchestration], Awaitable[object]]
) -> None:
    assert not await away.is_reachable()
    with pytest.raises(Unavailable):
        await call(away)


async def test_facts_recorded_while_temporal_is_away_reach_it_in_order_when_it_is_back_F30(
    world: World, away: Orchestration, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(World, "relay", property(lambda world: Relay(world.database, away)))
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
    assert await walk.stage() is Stage.PROVISIONING
    async with world.database.transaction() as tx:
        assert (await outbox.backlog(tx))[0] == 3
        # The pause after a failed try is over.
        await tx.execute(update(OutboxRow).values(due_at=OutboxRow.created_at))
    async with world.working():
        assert await world.relay.drain() == 3
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        assert len(world.mail.to(RECIPIENT)) == 1
