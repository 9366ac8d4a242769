"""The end of a registration: a password saved on the provided credential, or an acceptance (S41, F20, F45)."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.passwords import Passwords
from passerelle.auth.sessions import ALREADY_DONE
from passerelle.db import onboardings, platform, platform_sign_in
from passerelle.db.database import Database
from passerelle.db.platform_sign_in import InvitationNow, SignedIn
from passerelle.db.tables import Invitation, PlatformAccount
from passerelle.domain.credentials import matches, password_digest
from passerelle.domain.errors import Invalid, NotFound, Refused
from passerelle.domain.invitations import InvitationState
from passerelle.domain.passwords import PasswordPolicy, PasswordProblem
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.domain.transitions import complete_registration
from passerelle.services.changes import change
from passerelle.services.platform_passwords import SettingsForm, settings_problems, without_empty
from passerelle.services.platform_sessions import Opened, open_session

ALREADY_COMPLETED = "already_completed"
INVITATION_DEAD = "invitation_dead"
PASSWORD_ALREADY_SET = "password_already_set"  # noqa: S105 - a code


async def complete(
    database: Database, passwords: Passwords, policy: PasswordPolicy, signed_in: SignedIn, form: SettingsForm
) -> Opened:
    """S41: the new password is the account's, the provided one is dead, the workflow will know: all at once.

    Returns the session that replaces the others. Raises Invalid with every wrong field; Refused with
    `already_completed` for whoever comes second (F20), `invitation_dead` (details: `state`) for a credential
    that died in the meantime, `password_already_set` when another invitation of the account was faster.
    """
    registration = signed_in.registration
    if registration is None:
        raise NotFound("nothing_to_complete")
    _require_live(registration)
    problems = settings_problems(policy, form, signed_in.account.email, is_new_required=True)
    if form.current_password and not _is_provided(registration.invitation, form.current_password):
        problems["current_password"] = [PasswordProblem.CURRENT_WRONG]
    if problems:
        raise Invalid(without_empty(problems))
    hashed = await passwords.hash(form.new_password)
    async with database.transaction() as tx:
        account = await _claim(tx, registration.invitation)
        if account.password_hash:
            raise Refused(PASSWORD_ALREADY_SET)
        await platform.set_password(tx, account.id, hashed)
        await _finish(tx, registration.invitation)
        await platform_sign_in.end_sessions(tx, account.id, but=signed_in.session.digest)
        # A second click arrives with the old cookie and is told so, not shown the door.
        await platform_sign_in.shorten_session(tx, signed_in.session.digest, ALREADY_DONE)
        return await open_session(tx, account.id, persistent=signed_in.session.persistent)


async def accept(database: Database, account_id: UUID, onboarding_id: UUID) -> None:
    """F45: somebody with a password of their own takes the role that they were invited to.

    Raises NotFound when this account is not invited, Refused as `complete` does.
    """
    async with database.transaction() as tx:
        invitation = await _latest(tx, account_id, onboarding_id)
        account = await _claim(tx, invitation)
        if account.password_hash is None:
            raise Refused("password_missing")
        await _finish(tx, invitation)


async def _latest(tx: AsyncSession, account_id: UUID, onboarding_id: UUID) -> Invitation:
    found = await platform_sign_in.invitations_of(tx, account_id)
    ours = [one.invitation for one in found if one.invitation.onboarding_id == onboarding_id]
    if not ours:
        raise NotFound("invitation_not_found")
    return max(ours, key=lambda one: one.generation)


async def _claim(tx: AsyncSession, invitation: Invitation) -> PlatformAccount:
    """Onboarding and account locked, the invitation still live by the database's time (F27)."""
    await onboardings.locked(tx, invitation.onboarding_id)
    now = await platform_sign_in.invitation_now(tx, invitation.onboarding_id, invitation.generation)
    if now is None:
        raise NotFound("invitation_not_found")
    _require_live(now)
    account = await platform.locked_account(tx, invitation.account_id)
    if account.disabled_at:
        raise Refused(INVITATION_DEAD, state=InvitationState.WITHDRAWN)
    return account


async def _finish(tx: AsyncSession, invitation: Invitation) -> None:
    at = datetime.now(UTC)

    def completed(facts: Facts) -> Facts:
        return complete_registration(facts, at)

    await platform.use_invitation(tx, invitation.onboarding_id, invitation.generation)
    await platform.activate(tx, invitation.account_id, invitation.onboarding_id)
    entry = Entry(Event.REGISTRATION_COMPLETED, Actor(ActorKind.RECIPIENT))
    await change(tx, invitation.onboarding_id, completed, entry, signal=Signal.REGISTRATION_COMPLETED)


def _require_live(now: InvitationNow) -> None:
    if now.state is InvitationState.USED:
        raise Refused(ALREADY_COMPLETED)
    if now.state is not InvitationState.LIVE:
        raise Refused(INVITATION_DEAD, state=now.state)


def _is_provided(invitation: Invitation, typed: str) -> bool:
    return matches(password_digest(typed), invitation.password_digest)
