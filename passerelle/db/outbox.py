"""The outbox: facts on their way to Temporal, in order per workflow."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from passerelle.db.serialization import facts_to_json
from passerelle.db.tables import OutboxRow
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts

CHANNEL = "passerelle_outbox"
SEND_ACCOUNT_MAIL = "send_account_mail"


def onboarding_workflow_id(onboarding_id: UUID) -> str:
    return f"onboarding-{onboarding_id}"


def account_mail_workflow_id(token_id: UUID) -> str:
    return f"account-mail-{token_id}"


async def put_fact(tx: AsyncSession, onboarding_id: UUID, signal: Signal, facts: Facts) -> None:
    """The fact leaves with the commit of this transaction."""
    workflow_id = onboarding_workflow_id(onboarding_id)
    await _put(
        tx,
        OutboxRow(workflow_id=workflow_id, subject_id=onboarding_id, signal=signal, facts=facts_to_json(facts)),
    )


async def put_account_mail(tx: AsyncSession, token_id: UUID) -> None:
    """An unlock or new-password mail leaves with the commit (SEC14: never sent in the request)."""
    row = OutboxRow(
        workflow_id=account_mail_workflow_id(token_id),
        subject_id=token_id,
        signal=SEND_ACCOUNT_MAIL,
        facts={},
    )
    await _put(tx, row)


async def _put(tx: AsyncSession, row: OutboxRow) -> None:
    tx.add(row)
    await tx.execute(text(f"NOTIFY {CHANNEL}"))


async def lease(tx: AsyncSession, limit: int, lease_time: timedelta) -> list[OutboxRow]:
    """Up to `limit` rows that are due and first of their workflow, kept from other relays for `lease_time`.

    A relay that dies leaves its rows due again when the lease is over.
    """
    heads = (
        select(OutboxRow.id)
        .where(_pending(), OutboxRow.due_at <= func.now(), ~exists(_earlier()))
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(OutboxRow)
        .where(OutboxRow.id.in_(heads.scalar_subquery()))
        .values(due_at=func.now() + lease_time, tries=OutboxRow.tries + 1)
        .returning(OutboxRow)
    )
    return sorted(await tx.scalars(statement), key=lambda row: row.id)


async def delivered(tx: AsyncSession, row_ids: Sequence[int]) -> None:
    await tx.execute(update(OutboxRow).where(OutboxRow.id.in_(row_ids)).values(delivered_at=func.now()))


async def failed(tx: AsyncSession, row_id: int, error: str, pause: timedelta) -> None:
    """Not now: the row is due again after `pause`. `error` is a type's name, never a server's text."""
    await tx.execute(
        update(OutboxRow).where(OutboxRow.id == row_id).values(due_at=func.now() + pause, last_error=error)
    )


async def seconds_until_due(tx: AsyncSession) -> float | None:
    """How long until the next row may be tried, 0 or less for now; None when nothing waits."""
    # Only the first of a workflow can be tried: one behind a failed row is due all the time, and would spin the relay.
    next_due = func.min(OutboxRow.due_at) - func.now()
    statement = select(func.extract("epoch", next_due)).where(_pending(), ~exists(_earlier()))
    found = await tx.scalar(statement)
    return None if found is None else float(found)


async def backlog(tx: AsyncSession) -> tuple[int, float]:
    """How many rows wait, and how old the oldest is in seconds."""
    age = func.coalesce(func.extract("epoch", func.now() - func.min(OutboxRow.created_at)), 0)
    count, oldest = (await tx.execute(select(func.count(), age).where(_pending()))).one()
    return count, float(oldest)


async def has_pending(tx: AsyncSession, onboarding_id: UUID) -> bool:
    """Whether a fact of this onboarding is still on its way."""
    statement = select(OutboxRow.id).where(_pending(), OutboxRow.workflow_id == onboarding_workflow_id(onboarding_id))
    return await tx.scalar(statement.limit(1)) is not None


def _pending() -> ColumnElement[bool]:
    return OutboxRow.delivered_at.is_(None)


def _earlier() -> Select[int]:
    earlier = aliased(OutboxRow)
    return select(earlier.id).where(
        earlier.workflow_id == OutboxRow.workflow_id,
        earlier.id < OutboxRow.id,
        earlier.delivered_at.is_(None),
    )
