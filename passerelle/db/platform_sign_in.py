"""Statements about signing in to the embedded platform: tries, sessions, mailed links."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import AccountToken, Invitation, Onboarding, PlatformAccount, Session, TimelineEntry
from passerelle.domain.invitations import InvitationState, invitation_state
from passerelle.domain.timeline import Event

# A session is marked as seen at most this often, so that most requests write nothing.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Try:
    """A try to sign in that was counted before the password is looked at (SEC10)."""

    account_id: UUID
    password_hash: str | None
    number: int
    """Tries since the last success, this one included."""
    is_disabled: bool


@dataclass(frozen=True)
class InvitationNow:
    """An invitation and what it is worth by the database's time."""

    invitation: Invitation
    state: InvitationState


@dataclass(frozen=True)
class SignedIn:
    """A browser's session, whose it is, and the registration that it must finish first (S42), if any."""

    session: Session
    account: PlatformAccount
    registration: InvitationNow | None


async def take_try(tx: AsyncSession, address: str, limit: int, lock: timedelta) -> Try | None:
    """Count a try at this account in one statement, and lock it at the last one allowed; None if nobody's."""
    is_over = PlatformAccount.locked_at <= func.now() - lock
    number = case((is_over, 1), else_=PlatformAccount.failed_tries + 1)
    locked_at = case(
        (and_(PlatformAccount.locked_at.is_not(None), ~is_over), PlatformAccount.locked_at),
        (number >= limit, func.now()),
        else_=None,
    )
    statement = (
        update(PlatformAccount)
        .where(PlatformAccount.email == address)
        .values(failed_tries=number, locked_at=locked_at)
        .returning(
            PlatformAccount.id,
            PlatformAccount.password_hash,
            PlatformAccount.failed_tries,
            PlatformAccount.disabled_at.is_not(None),
        )
        .execution_options(synchronize_session=False)
    )
    found = (await tx.execute(statement)).one_or_none()
    return Try(*found) if found else None


async def forgive(tx: AsyncSession, account_id: UUID, verified: str | None, renewed: str | None = None) -> bool:
    """A right password forgets the wrong ones; False when the account has changed since it was verified.

    `verified` is the hash that the password was held against, `renewed` its replacement at today's cost.
    """
    values: dict[str, object] = {"failed_tries": 0, "locked_at": None}
    if renewed:
        values["password_hash"] = renewed
    statement = (
        update(PlatformAccount)
        .where(
            PlatformAccount.id == account_id,
            PlatformAccount.disabled_at.is_(None),
            PlatformAccount.password_hash.is_not_distinct_from(verified),
        )
        .values(values)
        .returning(PlatformAccount.id)
        .execution_options(synchronize_session=False)
    )
    return await tx.scalar(statement) is not None


async def unlock(tx: AsyncSession, account_id: UUID) -> None:
    """S36: tries count from zero again."""
    values = {"failed_tries": 0, "locked_at": None}
    await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(values))


async def is_locked(tx: AsyncSession, account_id: UUID, lock: timedelta) -> bool:
    statement = select(PlatformAccount.id).where(
        PlatformAccount.id == account_id, PlatformAccount.locked_at > func.now() - lock
    )
    return await tx.scalar(statement) is not None


async def invitations_of(tx: AsyncSession, account_id: UUID) -> list[InvitationNow]:
    """Every invitation of the account with its present state, oldest first."""
    statement = _invitations().where(Invitation.account_id == account_id)
    return [_as_of_now(row) for row in await tx.execute(statement.order_by(Invitation.created_at))]


async def invitation_by_link(tx: AsyncSession, link_digest: bytes) -> InvitationNow | None:
    """What the token of an invitation link stands for; reading it changes nothing (F19)."""
    found = (await tx.execute(_invitations().where(Invitation.link_digest == link_digest))).one_or_none()
    return _as_of_now(found) if found else None


async def invitation_now(tx: AsyncSession, onboarding_id: UUID, generation: int) -> InvitationNow | None:
    """The invitation as it is now, read again even when this transaction has seen it."""
    statement = _invitations().where(Invitation.onboarding_id == onboarding_id, Invitation.generation == generation)
    found = (await tx.execute(statement.execution_options(populate_existing=True))).one_or_none()
    return _as_of_now(found) if found else None


async def session(tx: AsyncSession, digest: bytes, idle: timedelta) -> SignedIn | None:
    """Who is signed in with this cookie's digest; None when the session or the account has ended (SEC18)."""
    statement = (
        select(Session, PlatformAccount, Invitation, Onboarding, func.now())
        .join(PlatformAccount, PlatformAccount.id == Session.account_id)
        .outerjoin(
            Invitation,
            and_(Invitation.onboarding_id == Session.onboarding_id, Invitation.generation == Session.generation),
        )
        .outerjoin(Onboarding, Onboarding.id == Session.onboarding_id)
        .where(Session.digest == digest, PlatformAccount.disabled_at.is_(None), *_has_not_ended(idle))
    )
    found = (await tx.execute(statement)).one_or_none()
    if found is None:
        return None
    opened, account, invitation, onboarding, now = found
    is_bound = opened.onboarding_id is not None
    return SignedIn(opened, account, _as_of_now((invitation, onboarding, now)) if is_bound else None)


async def mark_seen(tx: AsyncSession, digest: bytes) -> None:
    await tx.execute(
        update(Session)
        .where(Session.digest == digest, Session.seen_at < func.now() - SEEN_EVERY)
        .values(seen_at=func.now())
        .execution_options(synchronize_session=False)
    )


async def end_session(tx: AsyncSession, digest: bytes) -> None:
    await tx.execute(delete(Session).where(Session.digest == digest))


async def end_sessions(tx: AsyncSession, account_id: UUID, *, but: bytes | None = None) -> None:
    """All sessions of the account, or all but one."""
    statement = delete(Session).where(Session.account_id == account_id)
    await tx.execute(statement if but is None else statement.where(Session.digest != but))


async def shorten_session(tx: AsyncSession, digest: bytes, remaining: timedelta) -> None:
    ends = func.least(Session.expires_at, func.now() + remaining)
    await tx.execute(
        update(Session)
        .where(Session.digest == digest)
        .values(expires_at=ends)
        .execution_options(synchronize_session=False)
    )


async def last_token_at(tx: AsyncSession, account_id: UUID, purpose: str) -> datetime | None:
    return await tx.scalar(
        select(func.max(AccountToken.created_at)).where(
            AccountToken.account_id == account_id, AccountToken.purpose == purpose
        )
    )


async def token_account(tx: AsyncSession, digest: bytes, purpose: str) -> UUID | None:
    """Whose live token this is; reading it changes nothing (F19)."""
    return await tx.scalar(select(AccountToken.account_id).where(*_is_live(digest, purpose)))


async def use_token(tx: AsyncSession, digest: bytes, purpose: str) -> UUID | None:
    """Consume a live token, once whoever else tries at the same time; whose it was."""
    return await tx.scalar(
        update(AccountToken)
        .where(*_is_live(digest, purpose))
        .values(used_at=func.now())
        .returning(AccountToken.account_id)
        .execution_options(synchronize_session=False)
    )


async def has_signed_in(tx: AsyncSession, onboarding_id: UUID, generation: int) -> bool:
    """Whether the timeline already tells that this generation's recipient signed in."""
    statement = select(TimelineEntry.id).where(
        TimelineEntry.onboarding_id == onboarding_id,
        TimelineEntry.event == Event.SIGNED_IN,
        TimelineEntry.details["generation"].as_integer() == generation,
    )
    return await tx.scalar(statement.limit(1)) is not None


def _is_live(digest: bytes, purpose: str) -> list[ColumnElement[bool]]:
    return [
        AccountToken.digest == digest,
        AccountToken.purpose == purpose,
        AccountToken.used_at.is_(None),
        AccountToken.expires_at > func.now(),
    ]


def _has_not_ended(idle: timedelta) -> list[ColumnElement[bool]]:
    return [Session.expires_at > func.now(), or_(Session.persistent, Session.seen_at > func.now() - idle)]


def _invitations() -> Select[Invitation, Onboarding, datetime]:
    return select(Invitation, Onboarding, func.now()).join(Onboarding, Onboarding.id == Invitation.onboarding_id)


def _as_of_now(row: Row[Invitation, Onboarding, datetime] | tuple[Invitation, Onboarding, datetime]) -> InvitationNow:
    invitation, onboarding, now = row
    state = invitation_state(
        invitation.generation,
        onboarding.facts,
        is_revoked=invitation.revoked_at is not None,
        is_used=invitation.used_at is not None,
        now=now,
    )
    return InvitationNow(invitation, state)
