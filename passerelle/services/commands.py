"""Commands that people give to a running onboarding (L5): a true yes or no, never half done."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import commands, onboardings
from passerelle.db.database import Database
from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.errors import Refused
from passerelle.domain.timeline import Actor
from passerelle.orchestration import Unavailable
from passerelle.services.fields import ActorName, Form, Reason
from workflows.messages import CommandResult

APPLIED = "applied"
ABANDONED = "abandoned"
# A repetition after that many 503 answers to the same Idempotency-Key is a new command anyway.
MAXIMUM_ATTEMPTS = 100


class Orchestrator(Protocol):
    """What is needed of `passerelle.orchestration.Orchestration`."""

    async def command(self, onboarding_id: UUID, command: Command, update_id: str) -> CommandResult: ...


class CommandForm(Form):
    """Who gives the command, where an operator works through an application, and why."""

    actor: ActorName = ""
    reason: Reason = ""


@dataclass(frozen=True)
class Order:
    """A command before it is given. The same `key` again is the same command; None makes it a new one."""

    onboarding_id: UUID
    command: Command
    actor: Actor
    reason: str = ""
    key: str | None = None
    expected_version: int | None = None
    """The version of the facts that the person has seen; None where it does not matter."""


async def give(database: Database, orchestration: Orchestrator, order: Order) -> None:
    """Give the command and wait until it is carried out.

    Raises NotFound, Refused with the code of the refusal and `allowed`, Refused("version_changed"), and
    Unavailable while Temporal or its workers are away: then it is not carried out later either.
    """
    async with database.transaction() as tx:
        update_id, outcome = await _written(tx, order)
    outcome = outcome or await _ordered(database, orchestration, order, update_id)
    if outcome != APPLIED:
        async with database.transaction() as tx:
            raise await _refusal(tx, order.onboarding_id, outcome)


async def _written(tx: AsyncSession, order: Order) -> tuple[str, str | None]:
    """The command's row, found or made: its id and its outcome, None when it is to be given now."""
    onboarding = await onboardings.locked(tx, order.onboarding_id)
    for attempt in range(MAXIMUM_ATTEMPTS):
        update_id = _update_id(order, attempt)
        known = await commands.find(tx, update_id)
        if known is None:
            break
        if known.outcome != ABANDONED:
            return known.id, known.outcome
    if order.expected_version not in (None, onboarding.facts.version):
        raise Refused("version_changed")
    if order.command not in allowed_commands(onboarding.facts):
        raise await _refusal(tx, order.onboarding_id, "not_allowed_now")
    await commands.put(tx, update_id, order.onboarding_id, order.command, order.actor, reason=order.reason)
    return update_id, None


def _update_id(order: Order, attempt: int) -> str:
    """One per key and attempt: a command that was answered «try again» is never carried out under its old id."""
    if order.key is None:
        return str(uuid4())
    return str(uuid5(order.onboarding_id, f"{order.command}:{order.key}:{attempt}"))


async def _ordered(database: Database, orchestration: Orchestrator, order: Order, update_id: str) -> str:
    """What became of it. Whoever writes the outcome first, the worker or we, decides."""
    try:
        result = await orchestration.command(order.onboarding_id, order.command, update_id)
    except Unavailable:
        async with database.transaction() as tx:
            settled = await commands.settle(tx, update_id, ABANDONED)
        if settled == ABANDONED:
            raise
        return settled
    async with database.transaction() as tx:
        return await commands.settle(tx, update_id, result.outcome)


async def _refusal(tx: AsyncSession, onboarding_id: UUID, code: str) -> Refused:
    facts = (await onboardings.locked(tx, onboarding_id)).facts
    allowed = allowed_commands(facts)
    return Refused(code, allowed=[command for command in Command if command in allowed])
