"""Statements about the commands that people gave (L5)."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import CommandRow


async def put(tx: AsyncSession, row: Mapping[str, object]) -> CommandRow:
    """The command with this id: written now, or found as it was given before."""
    await tx.execute(insert(CommandRow).values(**row).on_conflict_do_nothing(index_elements=["id"]))
    return (await tx.scalars(select(CommandRow).where(CommandRow.id == row["id"]))).one()


async def settle(tx: AsyncSession, command_id: str, outcome: str) -> str:
    """The command's one outcome: this one unless another was first."""
    settled = await tx.scalar(
        update(CommandRow)
        .where(CommandRow.id == command_id, CommandRow.outcome.is_(None))
        .values(outcome=outcome)
        .returning(CommandRow.outcome)
    )
    return settled or (await tx.scalars(select(CommandRow.outcome).where(CommandRow.id == command_id))).one() or outcome
