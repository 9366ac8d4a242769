"""Statements about the commands that people gave (L5)."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import CommandRow
from passerelle.domain.timeline import Actor, ActorKind


async def find(tx: AsyncSession, command_id: str) -> CommandRow | None:
    return await tx.get(CommandRow, command_id)


async def put(
    tx: AsyncSession, command_id: str, onboarding_id: UUID, command: str, actor: Actor, *, reason: str
) -> None:
    """Write the command before it is given; one that is written already stays as it is."""
    new = insert(CommandRow).values(
        id=command_id,
        onboarding_id=onboarding_id,
        command=command,
        actor_kind=actor.kind,
        actor_name=actor.name,
        reason=reason,
    )
    await tx.execute(new.on_conflict_do_nothing(index_elements=["id"]))


async def locked(tx: AsyncSession, command_id: str, onboarding_id: UUID, command: str) -> CommandRow:
    """The command, locked until its outcome is written; one that no service wrote came from the Temporal UI."""
    await put(tx, command_id, onboarding_id, command, Actor(ActorKind.TEMPORAL_UI), reason="")
    return (await tx.scalars(select(CommandRow).where(CommandRow.id == command_id).with_for_update())).one()


async def settle(tx: AsyncSession, command_id: str, outcome: str) -> str:
    """The command's one outcome: this one, unless another was first."""
    unsettled = update(CommandRow).where(CommandRow.id == command_id, CommandRow.outcome.is_(None))
    await tx.execute(unsettled.values(outcome=outcome))
    found = await tx.scalar(select(CommandRow.outcome).where(CommandRow.id == command_id))
    return found or outcome
