"""A signed-in browser: what is stored of it, and when it is signed out."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from passerelle.auth.sessions import ABSOLUTE, REMEMBERED
from passerelle.db.database import Database
from passerelle.db.tables import Session
from passerelle.domain.credentials import digest
from passerelle.services import platform_sessions
from passerelle.services.platform_sign_in import Credentials, sign_in
from tests import platform_world as world
from tests.platform_world import OWN_PASSWORD

EMAIL = "jane@example.com"


async def test_only_the_digest_of_the_cookie_is_stored_and_it_has_256_bits_SEC16(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    assert len(opened.session_id) == 43
    async with database.transaction() as tx:
        assert list(await tx.scalars(select(Session.digest))) == [digest(opened.session_id)]


async def test_signing_in_again_ends_the_browsers_previous_session_SEC17(database: Database) -> None:
    await world.registered(database)
    first = await world.opened(database, EMAIL, OWN_PASSWORD)
    second = await sign_in(world.authenticator(database), Credentials(EMAIL, OWN_PASSWORD), previous=first.session_id)
    assert second is not None
    assert second.session_id != first.session_id
    assert await platform_sessions.find(database, first.session_id) is None


async def test_a_session_ends_after_30_minutes_without_a_page_SEC18(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    await world.run(database, "UPDATE sessions SET seen_at = now() - interval '29 minutes'")
    assert await platform_sessions.find(database, opened.session_id)
    await world.run(database, "UPDATE sessions SET seen_at = now() - interval '29 minutes'")
    # The page just before was one: the half hour starts anew with each.
    assert await platform_sessions.find(database, opened.session_id)
    await world.run(database, "UPDATE sessions SET seen_at = now() - interval '31 minutes'")
    assert await platform_sessions.find(database, opened.session_id) is None


async def test_a_session_ends_after_12_hours_however_busy_SEC18(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    assert await _remaining(database) == pytest.approx(ABSOLUTE.total_seconds(), abs=60)
    await world.run(database, "UPDATE sessions SET expires_at = now()")
    assert await platform_sessions.find(database, opened.session_id) is None


async def test_a_kept_session_survives_a_weekend_and_ends_after_30_days_S37(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD, persistent=True)
    assert opened.persistent
    assert await _remaining(database) == pytest.approx(REMEMBERED.total_seconds(), abs=60)
    await world.run(database, "UPDATE sessions SET seen_at = now() - interval '3 days'")
    assert await platform_sessions.find(database, opened.session_id)


async def test_a_page_every_second_writes_once_a_minute(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    before = await _seen(database)
    await platform_sessions.find(database, opened.session_id)
    assert await _seen(database) == before


async def test_signing_out_ends_the_session_and_twice_is_harmless(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    for _ in range(2):
        await platform_sessions.end(database, opened.session_id)
    assert await platform_sessions.find(database, opened.session_id) is None


async def _remaining(database: Database) -> float:
    async with database.transaction() as tx:
        found = await tx.scalar(select(func.extract("epoch", Session.expires_at - func.now())))
    return float(found or 0)


async def _seen(database: Database) -> datetime | None:
    async with database.transaction() as tx:
        return await tx.scalar(select(Session.seen_at))
