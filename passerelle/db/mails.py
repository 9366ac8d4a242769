"""The ledger of mails: one row per intended send, whatever number of tries it takes (F14-F16)."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import AccountToken, Invitation, MailRow, PlatformAccount
from passerelle.domain.errors import NotFound


class MailState(StrEnum):
    """What is known of a mail."""

    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Intent:
    """A mail that is to be sent once: the same `dedupe_key` is the same mail."""

    dedupe_key: str
    kind: str
    recipient: str
    language: str
    onboarding_id: UUID | None = None
    generation: int = 0


async def intend(tx: AsyncSession, intent: Intent, domain: str) -> MailRow:
    """The mail's row, made on first call, its tries counted up. Its Message-ID never changes."""
    mail_id = uuid4()
    made = insert(MailRow).values(
        id=mail_id,
        dedupe_key=intent.dedupe_key,
        onboarding_id=intent.onboarding_id,
        kind=intent.kind,
        generation=intent.generation,
        recipient=intent.recipient,
        language=intent.language,
        message_id=f"<{mail_id}@{domain}>",
        state=MailState.ATTEMPTING,
        tries=1,
        tried_at=func.now(),
    )
    statement = made.on_conflict_do_update(
        index_elements=["dedupe_key"], set_={"tries": MailRow.tries + 1, "tried_at": func.now()}
    ).returning(MailRow)
    return (await tx.scalars(statement)).one()


async def accepted(tx: AsyncSession, mail_id: UUID, code: int) -> None:
    await _set(tx, mail_id, MailState.ACCEPTED, code, accepted_at=func.now())


async def failed(tx: AsyncSession, mail_id: UUID, state: MailState, code: int | None) -> None:
    """Not accepted; an accepted mail stays accepted, whatever a second, late attempt met."""
    unknowns = MailRow.unknowns + int(state is MailState.UNKNOWN)
    await _set(tx, mail_id, state, code, unknowns=unknowns)


async def of_onboarding(tx: AsyncSession, onboarding_id: UUID) -> list[MailRow]:
    """Every mail of the onboarding, oldest first."""
    statement = select(MailRow).where(MailRow.onboarding_id == onboarding_id).order_by(MailRow.created_at, MailRow.id)
    return list(await tx.scalars(statement))


async def _set(tx: AsyncSession, mail_id: UUID, state: MailState, code: int | None, **values: object) -> None:
    await tx.execute(
        update(MailRow)
        .where(MailRow.id == mail_id, MailRow.state != MailState.ACCEPTED)
        .values(state=state, smtp_code=code, **values)
    )


async def account_token(tx: AsyncSession, token_id: UUID) -> tuple[AccountToken, PlatformAccount]:
    """The token that a mail is to carry, with its account. Raises NotFound, also for one that is used or expired."""
    statement = (
        select(AccountToken, PlatformAccount)
        .join(PlatformAccount, PlatformAccount.id == AccountToken.account_id)
        .where(AccountToken.id == token_id, AccountToken.used_at.is_(None), AccountToken.expires_at > func.now())
    )
    found = (await tx.execute(statement)).one_or_none()
    if found is None:
        raise NotFound("token_not_found")
    return found[0], found[1]


async def invited_account_has_password(tx: AsyncSession, onboarding_id: UUID, generation: int) -> bool:
    """F45: whether the invited person already chose a password, so that none is sent."""
    statement = (
        select(PlatformAccount.password_hash.is_not(None))
        .join(Invitation, Invitation.account_id == PlatformAccount.id)
        .where(Invitation.onboarding_id == onboarding_id, Invitation.generation == generation)
    )
    return bool(await tx.scalar(statement))
