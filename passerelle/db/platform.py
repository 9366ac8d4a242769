"""Statements about the embedded platform's accounts, their roles and their credentials.

Locks are taken in one order everywhere: onboarding, then account.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db.tables import (
    AccessRequest,
    AccountToken,
    Invitation,
    Membership,
    Onboarding,
    PlatformAccount,
    Session,
)
from passerelle.domain.stages import Stage


async def access_request(tx: AsyncSession, onboarding_id: UUID) -> AccessRequest | None:
    return await tx.get(AccessRequest, onboarding_id)


async def account_with(tx: AsyncSession, address: str) -> PlatformAccount | None:
    """The account of a normalized address, as it is now; not locked."""
    statement = select(PlatformAccount).where(PlatformAccount.email == address)
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def locked_account(tx: AsyncSession, account_id: UUID) -> PlatformAccount:
    """The account as it is now, locked until the end of the transaction."""
    statement = select(PlatformAccount).where(PlatformAccount.id == account_id).with_for_update()
    return (await tx.scalars(statement.execution_options(populate_existing=True))).one()


async def password_hash(tx: AsyncSession, account_id: UUID) -> str | None:
    return await tx.scalar(select(PlatformAccount.password_hash).where(PlatformAccount.id == account_id))


async def find_or_create_account(
    tx: AsyncSession, address: str, request: AccessRequest, onboarding_id: UUID
) -> PlatformAccount:
    """The one account of this address, locked; made for this onboarding when there was none (I2)."""
    new = {
        "id": uuid4(),
        "email": address,
        "first_name": request.first_name,
        "last_name": request.last_name,
        "language": request.language,
        "created_by": onboarding_id,
    }
    await tx.execute(insert(PlatformAccount).values(new).on_conflict_do_nothing(index_elements=["email"]))
    statement = select(PlatformAccount).where(PlatformAccount.email == address).with_for_update()
    return (await tx.scalars(statement.execution_options(populate_existing=True))).one()


async def account_before(tx: AsyncSession, onboarding_id: UUID) -> PlatformAccount | None:
    """The account of the newest generation so far, locked; None before the first."""
    account_id = await tx.scalar(
        select(Invitation.account_id)
        .where(Invitation.onboarding_id == onboarding_id)
        .order_by(Invitation.generation.desc())
        .limit(1)
    )
    return await locked_account(tx, account_id) if account_id else None


async def serves_others(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> bool:
    """Whether another onboarding, finished or under way, relies on this account."""
    statement = _others(account_id, onboarding_id)
    return bool(await tx.scalar(select(exists(statement))))


async def rename(tx: AsyncSession, account_id: UUID, address: str) -> bool:
    """Give the account another address and forget who failed to sign in at the old one.

    False, with nothing changed, when the address already has an account of its own.
    """
    values = {"email": address, "failed_tries": 0, "locked_at": None}
    try:
        async with tx.begin_nested():
            await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(values))
    except IntegrityError:
        return False
    return True


async def describe(tx: AsyncSession, account_id: UUID, request: AccessRequest, onboarding_id: UUID) -> None:
    """The requested names, on an account that this onboarding made and whose owner has not come yet.

    Nobody's request renames the account of somebody who is already on the platform.
    """
    await tx.execute(
        update(PlatformAccount)
        .where(
            PlatformAccount.id == account_id,
            PlatformAccount.created_by == onboarding_id,
            PlatformAccount.password_hash.is_(None),
        )
        .values(first_name=request.first_name, last_name=request.last_name, language=request.language)
    )


async def set_password(tx: AsyncSession, account_id: UUID, password_hash: str) -> None:
    """The account's own password from now on; wrong tries are forgotten."""
    values = {"password_hash": password_hash, "failed_tries": 0, "locked_at": None}
    await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(values))


async def use_invitation(tx: AsyncSession, onboarding_id: UUID, generation: int) -> None:
    """S41: from now on the provided credential is dead."""
    await tx.execute(
        update(Invitation)
        .where(Invitation.onboarding_id == onboarding_id, Invitation.generation == generation)
        .values(used_at=func.now())
        .execution_options(synchronize_session=False)
    )


async def set_mail_digest(tx: AsyncSession, account_id: UUID, *, wanted: bool) -> None:
    await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(mail_digest=wanted))


async def set_disabled(tx: AsyncSession, account_id: UUID, at: datetime) -> None:
    """SEC18: at once, with every session and mailed link."""
    await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(disabled_at=at))
    await end_everything(tx, account_id)


async def revive(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> None:
    """An account that a withdrawn onboarding left behind serves this one from now on."""
    values = {"disabled_at": None, "created_by": onboarding_id, "failed_tries": 0, "locked_at": None}
    await tx.execute(update(PlatformAccount).where(PlatformAccount.id == account_id).values(values))


async def hand_over(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> bool:
    """Make another onboarding that relies on the account its maker; False when there is none."""
    heir = await tx.scalar(_others(account_id, onboarding_id).limit(1))
    if heir is None:
        return False
    await tx.execute(
        update(PlatformAccount)
        .where(PlatformAccount.id == account_id, PlatformAccount.created_by == onboarding_id)
        .values(created_by=heir)
    )
    return True


async def end_everything(tx: AsyncSession, account_id: UUID) -> None:
    """Every session and every mailed link of the account is dead."""
    await tx.execute(delete(Session).where(Session.account_id == account_id))
    await tx.execute(delete(AccountToken).where(AccountToken.account_id == account_id))


async def end_registration_sessions(tx: AsyncSession, onboarding_id: UUID) -> None:
    await tx.execute(delete(Session).where(Session.onboarding_id == onboarding_id))


async def join(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> None:
    """The pending role; the one that an older generation gave to another account goes."""
    await tx.execute(
        delete(Membership).where(
            Membership.onboarding_id == onboarding_id,
            Membership.account_id != account_id,
            Membership.active_since.is_(None),
        )
    )
    new = {"id": uuid4(), "account_id": account_id, "onboarding_id": onboarding_id}
    await tx.execute(insert(Membership).values(new).on_conflict_do_nothing())


async def accounts_waiting(tx: AsyncSession, onboarding_id: UUID) -> list[PlatformAccount]:
    """Accounts with a pending role in this onboarding, locked."""
    waiting = select(Membership.account_id).where(
        Membership.onboarding_id == onboarding_id, Membership.active_since.is_(None)
    )
    statement = (
        select(PlatformAccount)
        .where(PlatformAccount.id.in_(waiting))
        .order_by(PlatformAccount.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await tx.scalars(statement))


async def leave(tx: AsyncSession, onboarding_id: UUID) -> None:
    """Pending roles of this onboarding go; active ones stay."""
    await tx.execute(
        delete(Membership).where(Membership.onboarding_id == onboarding_id, Membership.active_since.is_(None))
    )


async def activate(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> None:
    """S41: the role counts from now on."""
    await tx.execute(
        update(Membership)
        .where(
            Membership.account_id == account_id,
            Membership.onboarding_id == onboarding_id,
            Membership.active_since.is_(None),
        )
        .values(active_since=func.now())
    )


async def invitation(tx: AsyncSession, onboarding_id: UUID, generation: int) -> Invitation | None:
    statement = select(Invitation).where(Invitation.onboarding_id == onboarding_id, Invitation.generation == generation)
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def revoke(tx: AsyncSession, onboarding_id: UUID, *, below: int | None, at: datetime) -> None:
    """Unused credentials of generations before `below` are dead; None means all of them."""
    statement = update(Invitation).where(
        Invitation.onboarding_id == onboarding_id, Invitation.revoked_at.is_(None), Invitation.used_at.is_(None)
    )
    if below is not None:
        statement = statement.where(Invitation.generation < below)
    await tx.execute(statement.values(revoked_at=at))


def _others(account_id: UUID, onboarding_id: UUID) -> Select[UUID]:
    return (
        select(Membership.onboarding_id)
        .join(Onboarding, Onboarding.id == Membership.onboarding_id)
        .where(
            Membership.account_id == account_id,
            Membership.onboarding_id != onboarding_id,
            Onboarding.stage.not_in((Stage.WITHDRAWN, Stage.LAPSED)),
        )
        .order_by(Membership.id)
    )
