"""The outbox: facts on their way to Temporal, in order per workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.serialization import facts_to_json
from passerelle.db.tables import OutboxRow
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts

CHANNEL = "passerelle_outbox"
SEND_ACCOUNT_MAIL = "send_account_mail"

# One statement, because each fact waits for it twice. All its parts see the table as it was before: what is settled
# here still looks as if it were under way, and must not stand in the way of the next fact of its workflow. A fact
# behind one that failed may be due all the time: only the first of a workflow says how long to wait (F30).
_LEASE = text("""
    WITH settled AS (
        UPDATE outbox SET delivered_at = now() WHERE id = ANY(:delivered)
    ), heads AS NOT MATERIALIZED (
        SELECT id, due_at FROM outbox
        WHERE delivered_at IS NULL AND id <> ALL(:delivered) AND NOT EXISTS (
            SELECT FROM outbox AS earlier
            WHERE earlier.workflow_id = outbox.workflow_id AND earlier.id < outbox.id
            AND earlier.delivered_at IS NULL AND earlier.id <> ALL(:delivered)
        )
    ), due AS (
        SELECT id FROM outbox
        WHERE delivered_at IS NULL AND due_at <= now() AND id IN (SELECT id FROM heads)
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE outbox SET due_at = now() + :lease_time, tries = tries + 1 WHERE id IN (SELECT id FROM due)
        RETURNING id, workflow_id, subject_id, signal, facts, tries
    ), next AS (
        SELECT EXTRACT(epoch FROM min(due_at) - now()) AS wait FROM heads WHERE NOT EXISTS (SELECT FROM leased)
    )
    SELECT next.wait, leased.*, onboardings.durations, onboardings.stage, onboardings.run_id
    FROM next LEFT JOIN leased ON true LEFT JOIN onboardings ON onboardings.id = leased.subject_id
    ORDER BY leased.id
""")


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


@dataclass(frozen=True)
class Leased:
    """A fact that is this relay's to deliver for a while, with what its onboarding adds to it.

    The last three are None for an account's mail, which has no onboarding.
    """

    id: int
    workflow_id: str
    subject_id: UUID
    signal: str
    facts: dict[str, object]
    tries: int
    durations: dict[str, object] | None
    stage: str | None
    run_id: str | None


@dataclass(frozen=True)
class Lease:
    """What is due now, in the order of its arrival."""

    rows: Sequence[Leased]
    seconds_until_due: float | None
    """Only where there are no rows: how long until one may be tried; None when nothing waits."""


async def lease(tx: AsyncSession, limit: int, lease_time: timedelta, delivered: Sequence[int] = ()) -> Lease:
    """Settle the rows that were `delivered`, and take up to `limit` that are due and first of their workflow.

    They are kept from other relays for `lease_time`; a relay that dies leaves them due again after it.
    """
    parameters = {"delivered": list(delivered), "limit": limit, "lease_time": lease_time}
    rows = (await tx.execute(_LEASE, parameters)).all()
    wait = rows[0].wait
    return Lease([Leased(*row[1:]) for row in rows if row.id is not None], None if wait is None else float(wait))


async def failed(tx: AsyncSession, row_id: int, error: str, pause: timedelta) -> None:
    """Not now: the row is due again after `pause`. `error` is a type's name, never a server's text."""
    await tx.execute(
        update(OutboxRow).where(OutboxRow.id == row_id).values(due_at=func.now() + pause, last_error=error)
    )


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
