"""What has served its purpose and would otherwise grow for ever."""

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import AccountToken, Base, IdempotencyRow, OutboxRow, Session

KEPT = timedelta(days=7)
"""F3: a repeated request gets its first answer for that long; delivered facts stay as long for whoever asks why."""


async def sweep(tx: AsyncSession) -> dict[str, int]:
    """Delete old answers, delivered facts, and expired sessions and links; how many rows of each table."""
    old: dict[type[Base], ColumnElement[bool]] = {
        IdempotencyRow: IdempotencyRow.created_at < func.now() - KEPT,
        OutboxRow: OutboxRow.delivered_at < func.now() - KEPT,
        Session: Session.expires_at < func.now(),
        AccountToken: AccountToken.expires_at < func.now() - KEPT,
    }
    return {table.__tablename__: await _deleted(tx, table, condition) for table, condition in old.items()}


async def _deleted(tx: AsyncSession, table: type[Base], condition: ColumnElement[bool]) -> int:
    return cast("CursorResult[Any]", await tx.execute(delete(table).where(condition))).rowcount
