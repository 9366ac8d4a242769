"""Signing in to the embedded platform, with one's own password or with the provided one (S35-S37, D3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.addresses import normalized
from passerelle.auth.lockout import Lockout
from passerelle.auth.passwords import Passwords
from passerelle.db import onboardings, platform_sign_in
from passerelle.db.database import Database
from passerelle.db.platform_sign_in import InvitationNow, Try
from passerelle.domain.credentials import digest, matches, password_digest
from passerelle.domain.invitations import InvitationState
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.services import platform_recovery
from passerelle.services.platform_recovery import Purpose
from passerelle.services.platform_sessions import Opened, Registration, open_session


@dataclass(frozen=True)
class Credentials:
    """What the sign-in form holds (S35, S37)."""

    email: str
    password: str
    persistent: bool = False


@dataclass(frozen=True)
class Proof:
    """A right password: whose, the hash it was held against, and the registration it opens, if it was provided."""

    account_id: UUID
    verified: str | None
    renewed: str | None = None
    registration: Registration | None = None


class Authenticator:
    """Holds a password against an account, so that tries are counted and nobody learns which accounts exist."""

    def __init__(self, database: Database, passwords: Passwords, lockout: Lockout, key: bytes) -> None:
        self.database = database
        self.passwords = passwords
        self.lockout = lockout
        self._key = key

    async def prove(self, address: str, password: str) -> Proof | None:
        """Who this is; None for a wrong password, and alike for an unknown, locked or disabled account.

        The try is counted before the hash is computed, so at most `lockout.tries` are ever computed (SEC10);
        no database connection is held meanwhile.
        """
        counted, invitations = await self._count(address)
        verdict = await self.passwords.verify(password, counted.password_hash if counted else None)
        if counted and verdict.is_correct:
            return Proof(counted.account_id, counted.password_hash, verdict.renewed)
        provided = _provided(invitations, password)
        if counted and counted.password_hash is None and provided:
            return Proof(counted.account_id, None, registration=provided)
        await self._tell_if_locked(address, counted)
        return None

    async def _count(self, address: str) -> tuple[Try | None, list[InvitationNow]]:
        """The counted try and the account's invitations; None and nothing when no try is allowed."""
        async with self.database.transaction() as tx:
            counted = await platform_sign_in.take_try(tx, _known_form(address), self.lockout.tries, self.lockout.lasts)
            if counted is None or counted.is_disabled or counted.number > self.lockout.tries:
                return None, []
            return counted, await platform_sign_in.invitations_of(tx, counted.account_id)

    async def _tell_if_locked(self, address: str, counted: Try | None) -> None:
        """S36: the try that locks the account sends the instructions. Every failure asks, so all take as long."""
        has_just_locked = counted is not None and counted.number == self.lockout.tries
        async with self.database.transaction() as tx:
            mailed = address if has_just_locked else ""
            await platform_recovery.queue_mail(tx, self.lockout, self._key, Purpose.UNLOCK, mailed)


async def sign_in(authenticator: Authenticator, typed: Credentials, previous: str | None) -> Opened | None:
    """A new session, or None when the credentials do not open one. The browser's previous session ends (SEC17)."""
    proof = await authenticator.prove(typed.email, typed.password)
    if proof is None:
        return None
    async with authenticator.database.transaction() as tx:
        if proof.registration and not await _note_first_sign_in(tx, proof.registration):
            return None
        if not await platform_sign_in.forgive(tx, proof.account_id, proof.verified, proof.renewed):
            return None
        if previous:
            await platform_sign_in.end_session(tx, digest(previous))
        return await open_session(tx, proof.account_id, persistent=typed.persistent, registration=proof.registration)


async def _note_first_sign_in(tx: AsyncSession, registration: Registration) -> bool:
    """Tell the timeline once per generation; False when the invitation died while the password was checked."""
    onboarding = await onboardings.locked(tx, registration.onboarding_id)
    now = await platform_sign_in.invitation_now(tx, registration.onboarding_id, registration.generation)
    if now is None or now.state is not InvitationState.LIVE:
        return False
    entry = Entry(Event.SIGNED_IN, Actor(ActorKind.RECIPIENT), {"generation": registration.generation})
    if not await platform_sign_in.has_signed_in(tx, onboarding.id, registration.generation):
        onboardings.note(tx, onboarding, entry, datetime.now(UTC))
    return True


def _known_form(address: str) -> str:
    """The normalized address; empty, which is no account's, for what is none."""
    try:
        return normalized(address)
    except ValueError:
        return ""


def _provided(invitations: list[InvitationNow], password: str) -> Registration | None:
    """The live invitation whose provided password this is; every one is compared, in constant time."""
    typed = password_digest(password)
    fitting = [
        found.invitation
        for found in invitations
        if matches(typed, found.invitation.password_digest) and found.state is InvitationState.LIVE
    ]
    return Registration(fitting[0].onboarding_id, fitting[0].generation) if fitting else None
