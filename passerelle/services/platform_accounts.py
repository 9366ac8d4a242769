"""Accounts of the embedded platform: made for an invitation, renamed, linked, disabled (D3, L9)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.addresses import normalized
from passerelle.db import onboardings, platform
from passerelle.db.tables import AccessRequest, Invitation, PlatformAccount
from passerelle.domain import credentials
from passerelle.domain.errors import NotFound, Refused
from passerelle.domain.stages import ENDS


async def provision(tx: AsyncSession, onboarding_id: UUID, generation: int, key: bytes, at: datetime) -> None:
    """The recipient's account, its pending role and this generation's credential exist afterwards.

    A second run finds the generation's invitation and changes nothing; so does a late run for a generation
    that is no longer current, or after the onboarding's end. Raises NotFound without an access request, and
    Refused("platform_account_disabled") when the address belongs to somebody who was shut out.
    """
    onboarding = await onboardings.locked(tx, onboarding_id)
    if onboarding.stage in ENDS or onboarding.facts.generation != generation:
        return
    if await platform.invitation(tx, onboarding_id, generation):
        return
    request = await platform.access_request(tx, onboarding_id)
    if request is None:
        raise NotFound("access_request_not_found")
    account_id = await _account_for(tx, onboarding_id, request, at)
    await platform.describe(tx, account_id, request, onboarding_id)
    await platform.join(tx, account_id, onboarding_id)
    await platform.end_registration_sessions(tx, onboarding_id)
    await platform.revoke(tx, onboarding_id, below=generation, at=at)
    tx.add(_invitation(onboarding_id, generation, account_id, key))
    await tx.flush()


async def disable(tx: AsyncSession, onboarding_id: UUID, at: datetime) -> bool:
    """L9, F42: the invitation is dead, and an account that only this onboarding needed is disabled.

    Returns whether one was disabled; an account that existed before, or that another onboarding relies on,
    stays. A second run changes nothing and returns False.
    """
    await onboardings.locked(tx, onboarding_id)
    waiting = await platform.accounts_waiting(tx, onboarding_id)
    await platform.revoke(tx, onboarding_id, below=None, at=at)
    await platform.leave(tx, onboarding_id)
    await platform.end_registration_sessions(tx, onboarding_id)
    ours = [account for account in waiting if account.created_by == onboarding_id and not account.disabled_at]
    needless = [account for account in ours if not await platform.hand_over(tx, account.id, onboarding_id)]
    for account in needless:
        await platform.set_disabled(tx, account.id, at)
    return bool(needless)


async def _account_for(tx: AsyncSession, onboarding_id: UUID, request: AccessRequest, at: datetime) -> UUID:
    """F41: after a correction the same account under the new address, unless that address has its own."""
    address = normalized(request.email)
    before = await platform.account_before(tx, onboarding_id)
    if before is None or not await _is_only_ours(tx, before, onboarding_id):
        linked = await _linked(tx, onboarding_id, address, request)
        if before and before.id != linked:
            await platform.hand_over(tx, before.id, onboarding_id)
        return linked
    if await platform.rename(tx, before.id, address):
        await platform.end_everything(tx, before.id)
        return before.id
    linked = await _linked(tx, onboarding_id, address, request)
    await platform.set_disabled(tx, before.id, at)
    return linked


async def _is_only_ours(tx: AsyncSession, account: PlatformAccount, onboarding_id: UUID) -> bool:
    made_by_us = account.created_by == onboarding_id and account.password_hash is None
    return made_by_us and not await platform.serves_others(tx, account.id, onboarding_id)


async def _linked(tx: AsyncSession, onboarding_id: UUID, address: str, request: AccessRequest) -> UUID:
    account = await platform.find_or_create_account(tx, address, request, onboarding_id)
    if account.disabled_at and account.password_hash:
        raise Refused("platform_account_disabled")
    if account.disabled_at:
        await platform.revive(tx, account.id, onboarding_id)
    return account.id


def _invitation(onboarding_id: UUID, generation: int, account_id: UUID, key: bytes) -> Invitation:
    password = credentials.provided_password(key, onboarding_id, generation)
    link = credentials.link_token(key, onboarding_id, generation)
    return Invitation(
        onboarding_id=onboarding_id,
        generation=generation,
        account_id=account_id,
        key_id=credentials.key_id(key),
        password_digest=credentials.password_digest(password),
        link_digest=credentials.digest(link),
    )
