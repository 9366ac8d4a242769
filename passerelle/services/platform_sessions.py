"""Sessions of the embedded platform: opened at sign-in, looked up at each page, ended (SEC16-SEC18)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.sessions import IDLE, lifetime, new_session_id
from passerelle.db import platform_sign_in
from passerelle.db.database import Database
from passerelle.db.platform_sign_in import SignedIn
from passerelle.db.tables import Session
from passerelle.domain.credentials import digest


@dataclass(frozen=True)
class Registration:
    """Which invitation a session must finish before it may do anything else (S42)."""

    onboarding_id: UUID
    generation: int


@dataclass(frozen=True)
class Opened:
    """A new session: its cookie's value, whether it outlives the browser (S37), what it must finish first."""

    session_id: str
    account_id: UUID
    persistent: bool
    registration: Registration | None = None


async def find(database: Database, session_id: str) -> SignedIn | None:
    """Who is signed in with this cookie; None for an unknown, idle or ended session."""
    async with database.transaction() as tx:
        found = await platform_sign_in.session(tx, digest(session_id), IDLE)
        if found:
            await platform_sign_in.mark_seen(tx, found.session.digest)
    return found


async def open_session(
    tx: AsyncSession, account_id: UUID, *, persistent: bool, registration: Registration | None = None
) -> Opened:
    """A session with a new id (SEC17)."""
    session_id = new_session_id()
    tx.add(
        Session(
            digest=digest(session_id),
            account_id=account_id,
            onboarding_id=registration.onboarding_id if registration else None,
            generation=registration.generation if registration else None,
            persistent=persistent,
            expires_at=datetime.now(UTC) + lifetime(persistent=persistent),
        )
    )
    return Opened(session_id, account_id, persistent, registration)


async def end(database: Database, session_id: str) -> None:
    """Signed out; twice is harmless. An open registration stays open (S42)."""
    async with database.transaction() as tx:
        await platform_sign_in.end_session(tx, digest(session_id))
