"""Statements about API keys and the answers kept for them (SEC31, F3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import BigInteger, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import ApiKey, IdempotencyRow

USE_IS_NOTED_EVERY = timedelta(minutes=1)

# Made once: every request runs one of these.
_KEY = select(ApiKey).where(ApiKey.prefix == bindparam("prefix"))
_KEY_WITH_ANSWER = (
    select(ApiKey, IdempotencyRow, func.pg_try_advisory_xact_lock(bindparam("lock", type_=BigInteger())))
    .outerjoin(
        IdempotencyRow,
        and_(IdempotencyRow.api_key_id == ApiKey.id, IdempotencyRow.key == bindparam("idempotency_key")),
    )
    .where(ApiKey.prefix == bindparam("prefix"))
)


@dataclass(frozen=True)
class Found:
    """A key, the answer kept for this Idempotency-Key, and whether this request is the only one under way."""

    key: ApiKey
    kept: IdempotencyRow | None
    is_alone: bool


async def find(tx: AsyncSession, prefix: str) -> Found | None:
    """The key with this prefix; None if there is none."""
    key = await tx.scalar(_KEY, {"prefix": prefix})
    return Found(key, None, is_alone=True) if key else None


async def find_with_answer(tx: AsyncSession, prefix: str, idempotency_key: str, lock: int) -> Found | None:
    """The same with what is kept for the Idempotency-Key, holding the lock of that number until the commit.

    The lock only makes a repetition in flight known at once; the primary key decides who was first.
    """
    parameters = {"prefix": prefix, "idempotency_key": idempotency_key, "lock": lock}
    row = (await tx.execute(_KEY_WITH_ANSWER, parameters)).one_or_none()
    return Found(*row) if row else None


async def note_use(tx: AsyncSession, key_id: UUID) -> None:
    """At most once a minute, and never waiting for another request that notes it."""
    stale = or_(ApiKey.used_at.is_(None), ApiKey.used_at < func.now() - USE_IS_NOTED_EVERY)
    free = select(ApiKey.id).where(ApiKey.id == key_id, stale).with_for_update(skip_locked=True)
    await tx.execute(update(ApiKey).where(ApiKey.id.in_(free.scalar_subquery())).values(used_at=func.now()))


async def keep(tx: AsyncSession, answer: Mapping[str, object]) -> bool:
    """Keep an answer (columns of `idempotency`); False when one is kept already."""
    statement = insert(IdempotencyRow).values(**answer).on_conflict_do_nothing()
    return bool(await tx.scalar(statement.returning(literal(1))))


async def kept(tx: AsyncSession, key_id: UUID, idempotency_key: str) -> IdempotencyRow:
    """An answer that is known to be kept."""
    return await tx.get_one(IdempotencyRow, (key_id, idempotency_key))
