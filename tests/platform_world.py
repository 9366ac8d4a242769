"""A small world for tests of the embedded platform: programs, onboardings, requests, made by plain rows."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.lockout import Lockout
from passerelle.auth.passwords import Passwords
from passerelle.db.database import Database
from passerelle.db.onboardings import timeline
from passerelle.db.platform_sign_in import SignedIn
from passerelle.db.serialization import durations_to_json
from passerelle.db.tables import (
    AccessRequest,
    Invitation,
    Membership,
    Onboarding,
    Organization,
    OutboxRow,
    Person,
    PlatformAccount,
    Program,
    Session,
)
from passerelle.domain import credentials
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.passwords import PasswordPolicy
from passerelle.domain.schedule import Durations
from passerelle.domain.stages import Facts, stage_of
from passerelle.domain.timeline import Entry, Event
from passerelle.domain.transitions import withdraw as withdrawn
from passerelle.services import platform_accounts, platform_registration, platform_sessions
from passerelle.services.changes import change
from passerelle.services.platform_passwords import SettingsForm
from passerelle.services.platform_sessions import Opened
from passerelle.services.platform_sign_in import Authenticator, Credentials, sign_in

KEY = b"a key for tests that is long enough"
NOW = datetime.now(UTC)
TITLE = "Génies en herbe"
OWN_PASSWORD = "Élise1"


@dataclass(frozen=True)
class Invited:
    """An onboarding whose account and credential exist, and what its e-mail would say."""

    onboarding_id: UUID
    generation: int = 1

    @property
    def password(self) -> str:
        return credentials.provided_password(KEY, self.onboarding_id, self.generation)

    @property
    def token(self) -> str:
        return credentials.link_token(KEY, self.onboarding_id, self.generation)


async def requested(database: Database, email: str = "jane@example.com", title: str = TITLE) -> UUID:
    """An onboarding whose access request is in, before anything was provisioned."""
    organization, requester = uuid4(), uuid4()
    facts = Facts(version=3, training_registered=True, requested=True, generation=1, mailing=1)
    async with database.transaction() as tx:
        tx.add(Organization(id=organization, name_fr="Science Jeunesse", status=ReviewStatus.APPROVED))
        tx.add(Person(id=requester, email=f"{requester}@example.com", first_name="Daniel", last_name="Test"))
        await tx.flush()
        program = Program(organization_id=organization, title_fr=title, status=ReviewStatus.APPROVED)
        tx.add(program)
        await tx.flush()
        onboarding = Onboarding(
            program_id=program.id,
            organization_id=organization,
            facts=facts,
            stage=stage_of(facts),
            durations=durations_to_json(Durations()),
        )
        tx.add(onboarding)
        await tx.flush()
        tx.add(_request(onboarding.id, requester, email, title))
    return onboarding.id


async def invited(database: Database, email: str = "jane@example.com", title: str = TITLE) -> Invited:
    """An onboarding that awaits its registration, its credential good for 30 days."""
    onboarding_id = await requested(database, email, title)
    await provision(database, onboarding_id)
    return Invited(onboarding_id)


async def provision(database: Database, onboarding_id: UUID, generation: int = 1) -> None:
    """What the workflow's activities do up to the accepted invitation e-mail."""
    async with database.transaction() as tx:
        await platform_accounts.provision(tx, onboarding_id, generation, KEY, NOW)
        onboarding = await tx.get_one(Onboarding, onboarding_id)
        expires_at = datetime.now(UTC) + timedelta(days=30)
        facts = replace(onboarding.facts, provisioned=generation, mailed=generation, expires_at=expires_at)
        onboarding.facts, onboarding.stage = facts, stage_of(facts)


async def corrected(database: Database, onboarding_id: UUID, email: str) -> Invited:
    """D3: another address, another generation, provisioned."""
    async with database.transaction() as tx:
        onboarding = await tx.get_one(Onboarding, onboarding_id)
        generation = onboarding.facts.generation + 1
        onboarding.facts = replace(onboarding.facts, generation=generation, mailing=generation)
        await tx.execute(
            update(AccessRequest)
            .where(AccessRequest.onboarding_id == onboarding_id)
            .values(email=email, first_name="Marie")
        )
    await provision(database, onboarding_id, generation)
    return Invited(onboarding_id, generation)


async def set_facts(database: Database, onboarding_id: UUID, **changes: object) -> None:
    """Other facts, with the stage that they make."""
    async with database.transaction() as tx:
        onboarding = await tx.get_one(Onboarding, onboarding_id)
        onboarding.facts = replace(onboarding.facts, **changes)  # type: ignore[arg-type]  # names of Facts
        onboarding.stage = stage_of(onboarding.facts)


async def account(database: Database, email: str = "jane@example.com") -> PlatformAccount:
    async with database.transaction() as tx:
        return (await tx.scalars(select(PlatformAccount).where(PlatformAccount.email == email))).one()


async def accounts(tx: AsyncSession) -> list[PlatformAccount]:
    return list(await tx.scalars(select(PlatformAccount).order_by(PlatformAccount.created_at)))


async def invitations(tx: AsyncSession) -> list[Invitation]:
    return list(await tx.scalars(select(Invitation).order_by(Invitation.generation)))


async def memberships(tx: AsyncSession) -> list[Membership]:
    return list(await tx.scalars(select(Membership)))


def _request(onboarding_id: UUID, requester: UUID, email: str, title: str) -> AccessRequest:
    return AccessRequest(
        onboarding_id=onboarding_id,
        requester_id=requester,
        requested_at=NOW,
        program_title=title,
        first_name="Jane",
        last_name="Doe",
        phone="+15145555555",
        email=email,
        language="fr",
        terms_version="1",
    )


async def activate(database: Database, invited: Invited) -> None:
    """The role of a finished registration."""
    async with database.transaction() as tx:
        await tx.execute(
            update(Membership).where(Membership.onboarding_id == invited.onboarding_id).values(active_since=NOW)
        )


CHEAP = Passwords(memory_kibibytes=8, passes=1)
"""For tests that hash often; what a hash really costs is tested in tests/auth."""


def authenticator(database: Database, lockout: Lockout | None = None) -> Authenticator:
    return Authenticator(database, CHEAP, lockout or Lockout(), KEY)


async def opened(database: Database, email: str, password: str, *, persistent: bool = False) -> Opened:
    """A session of somebody whose credentials are right."""
    found = await sign_in(authenticator(database), Credentials(email, password, persistent), None)
    assert found is not None
    return found


async def person(database: Database, session: Opened) -> SignedIn:
    found = await platform_sessions.find(database, session.session_id)
    assert found is not None
    return found


async def registered(
    database: Database, email: str = "jane@example.com", password: str = OWN_PASSWORD, title: str = TITLE
) -> Invited:
    """Somebody whose registration is complete, signed out everywhere."""
    invitation = await invited(database, email, title)
    who = await person(database, await opened(database, email, invitation.password))
    form = SettingsForm(email, invitation.password, password, password)
    await platform_registration.complete(database, CHEAP, PasswordPolicy(), who, form)
    async with database.transaction() as tx:
        await tx.execute(delete(Session))
    return invitation


async def outbox(database: Database, signal: str) -> list[OutboxRow]:
    async with database.transaction() as tx:
        return list(await tx.scalars(select(OutboxRow).where(OutboxRow.signal == signal).order_by(OutboxRow.id)))


async def events(database: Database, onboarding_id: UUID) -> list[str]:
    async with database.transaction() as tx:
        return [entry.event for entry in await timeline(tx, onboarding_id)]


async def facts(database: Database, onboarding_id: UUID) -> Facts:
    async with database.transaction() as tx:
        return (await tx.get_one(Onboarding, onboarding_id)).facts


async def run(database: Database, statement: str, **values: object) -> None:
    """One statement, for what no service does: turning clocks back."""
    async with database.transaction() as tx:
        await tx.execute(text(statement), values)


async def withdraw(database: Database, invited: Invited) -> None:
    """What the withdraw command's activity does."""
    at = datetime.now(UTC)
    async with database.transaction() as tx:
        await change(tx, invited.onboarding_id, lambda known: withdrawn(known, at), Entry(Event.WITHDRAWN))
