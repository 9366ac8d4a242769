"""Unlock and new-password links: asked for, mailed, used once (S35, S36)."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.addresses import normalized
from passerelle.auth.lockout import PAUSE_BETWEEN_MAILS, Lockout
from passerelle.auth.passwords import Passwords
from passerelle.db import outbox, platform, platform_sign_in
from passerelle.db.database import Database
from passerelle.db.tables import AccountToken, PlatformAccount
from passerelle.domain.credentials import account_token, digest
from passerelle.domain.errors import NotFound

TOKEN_LIFETIME = timedelta(hours=1)


class Purpose(StrEnum):
    """What a mailed link does."""

    UNLOCK = "unlock"
    FORGOTTEN = "password"


async def request(database: Database, lockout: Lockout, key: bytes, purpose: Purpose, address: str) -> None:
    """Queue the mail if the account exists and needs it, at most one per 15 minutes.

    Returns nothing, and the same nothing for everybody: the page answers alike (SEC13, SEC14).
    """
    async with database.transaction() as tx:
        await queue_mail(tx, lockout, key, purpose, address)


async def queue_mail(tx: AsyncSession, lockout: Lockout, key: bytes, purpose: Purpose, address: str) -> None:
    """The same within a transaction."""
    account = await _account(tx, address)
    if account is None or not await _is_needed(tx, account, purpose, lockout):
        return
    token_id = uuid4()
    tx.add(
        AccountToken(
            id=token_id,
            account_id=account.id,
            purpose=purpose,
            digest=digest(account_token(key, token_id)),
            expires_at=datetime.now(UTC) + TOKEN_LIFETIME,
        )
    )
    await outbox.put_account_mail(tx, token_id)


async def is_live(database: Database, purpose: Purpose, token: str) -> bool:
    """Whether the link may still be used; asking does not use it (F19)."""
    async with database.transaction() as tx:
        return await platform_sign_in.token_account(tx, digest(token), purpose) is not None


async def unlock(database: Database, token: str) -> None:
    """S36: the account takes tries again. Raises NotFound for a link that is not live, or not any more."""
    async with database.transaction() as tx:
        account_id = await _use(tx, Purpose.UNLOCK, token)
        await platform_sign_in.unlock(tx, account_id)


async def set_forgotten_password(database: Database, passwords: Passwords, token: str, password: str) -> None:
    """The password, already checked by the policy, is the account's; every session and other link is dead.

    Raises NotFound for a link that is not live, or not any more.
    """
    if not await is_live(database, Purpose.FORGOTTEN, token):
        raise NotFound("link_not_live")
    hashed = await passwords.hash(password)
    async with database.transaction() as tx:
        account_id = await _use(tx, Purpose.FORGOTTEN, token)
        await platform.set_password(tx, account_id, hashed)
        await platform.end_everything(tx, account_id)


async def _use(tx: AsyncSession, purpose: Purpose, token: str) -> UUID:
    account_id = await platform_sign_in.token_account(tx, digest(token), purpose)
    if account_id is None:
        raise NotFound("link_not_live")
    # The account first: another link of it, used at the same moment, ends this one and must not wait for us.
    await platform.locked_account(tx, account_id)
    if await platform_sign_in.use_token(tx, digest(token), purpose) is None:
        raise NotFound("link_not_live")
    return account_id


async def _account(tx: AsyncSession, address: str) -> PlatformAccount | None:
    """The account, locked, so that two requests at once make one mail."""
    try:
        found = await platform.account_with(tx, normalized(address))
    except ValueError:
        return None
    return await platform.locked_account(tx, found.id) if found else None


async def _is_needed(tx: AsyncSession, account: PlatformAccount, purpose: Purpose, lockout: Lockout) -> bool:
    if account.disabled_at:
        return False
    if purpose is Purpose.UNLOCK and not await platform_sign_in.is_locked(tx, account.id, lockout.lasts):
        return False
    # Before the registration is finished the invitation's own password is the way in (S33).
    if purpose is Purpose.FORGOTTEN and account.password_hash is None:
        return False
    last = await platform_sign_in.last_token_at(tx, account.id, purpose)
    return last is None or last <= datetime.now(UTC) - PAUSE_BETWEEN_MAILS
