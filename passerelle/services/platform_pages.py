"""What the pages of the embedded platform look up. Nothing here changes anything (F19)."""

from dataclasses import dataclass
from uuid import UUID

from passerelle.db import platform, platform_pages, platform_sign_in
from passerelle.db.database import Database
from passerelle.db.platform_pages import PresentedProgram, Training
from passerelle.domain.credentials import digest
from passerelle.domain.errors import NotFound
from passerelle.domain.invitations import InvitationState


@dataclass(frozen=True)
class Landing:
    """Where an invitation's link leads: what it is worth now, for which program, and how to sign in (F45)."""

    state: InvitationState
    program: PresentedProgram
    has_own_password: bool


@dataclass(frozen=True)
class Home:
    """What somebody finds after signing in: their programs, those that wait for an answer, the next training."""

    programs: list[PresentedProgram]
    waiting: list[PresentedProgram]
    training: Training | None


async def landing(database: Database, token: str) -> Landing:
    """What the link's token stands for. Raises NotFound for a token that we never made."""
    async with database.transaction() as tx:
        found = await platform_sign_in.invitation_by_link(tx, digest(token))
        if found is None:
            raise NotFound("invitation_not_found")
        invitation = found.invitation
        program = await platform_pages.program(tx, invitation.onboarding_id)
        own = await platform.password_hash(tx, invitation.account_id) is not None
        return Landing(found.state, program, own)


async def home(database: Database, account_id: UUID) -> Home:
    """The account's programs, invitations and training."""
    async with database.transaction() as tx:
        invitations = await platform_sign_in.invitations_of(tx, account_id)
        live = [one.invitation.onboarding_id for one in invitations if one.state is InvitationState.LIVE]
        return Home(
            programs=await platform_pages.programs_of(tx, account_id),
            waiting=[await platform_pages.program(tx, onboarding_id) for onboarding_id in live],
            training=await platform_pages.next_training(tx, account_id),
        )


async def logo_name(database: Database, logo_id: UUID) -> str:
    """The stored file of a logo. Raises NotFound."""
    async with database.transaction() as tx:
        name = await platform_pages.logo_name(tx, logo_id)
    if name is None:
        raise NotFound("logo_not_found")
    return name


async def set_mail_digest(database: Database, account_id: UUID, *, wanted: bool) -> None:
    """S38, « Paramètres de messagerie »."""
    async with database.transaction() as tx:
        await platform.set_mail_digest(tx, account_id, wanted=wanted)
