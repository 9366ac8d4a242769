"""Unlock and new-password links: who gets one, how often, and what it does once."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select
from typing_extensions import override

from passerelle.auth.lockout import Lockout
from passerelle.auth.passwords import Passwords
from passerelle.db import mails
from passerelle.db.database import Database
from passerelle.db.tables import AccountToken
from passerelle.domain.credentials import account_token, digest
from passerelle.domain.errors import NotFound
from passerelle.services import platform_recovery, platform_sessions
from passerelle.services.platform_recovery import Purpose
from passerelle.services.platform_sign_in import Credentials, sign_in
from tests import platform_world as world
from tests.platform_world import CHEAP, KEY, OWN_PASSWORD

EMAIL = "jane@example.com"
LOCK = "UPDATE platform_accounts SET failed_tries = 10, locked_at = now()"


async def ask(database: Database, purpose: Purpose, email: str = EMAIL) -> None:
    await platform_recovery.request(database, Lockout(), KEY, purpose, email)


async def mailed(database: Database) -> list[UUID]:
    return [row.subject_id for row in await world.outbox(database, "send_account_mail")]


async def link(database: Database, purpose: Purpose) -> str:
    """The token that the newest mail would carry."""
    await ask(database, purpose)
    return account_token(KEY, (await mailed(database))[-1])


async def may_sign_in(database: Database, password: str) -> bool:
    return bool(await sign_in(world.authenticator(database), Credentials(EMAIL, password), None))


class Together(Passwords):
    """Hashes that are all ready at the same moment."""

    def __init__(self, count: int) -> None:
        self._all = asyncio.Barrier(count)

    @override
    async def hash(self, password: str) -> str:
        await self._all.wait()
        return password


async def test_several_links_used_at_once_wait_for_each_other_and_the_first_wins_S36(database: Database) -> None:
    """Each ends the others: whoever took its link before the account would wait for ever for one that waits too."""
    await world.registered(database)
    links = []
    for _ in range(8):
        await world.run(database, "UPDATE account_tokens SET created_at = now() - interval '20 minutes'")
        links.append(await link(database, Purpose.FORGOTTEN))
    passwords = Together(len(links))
    uses = [platform_recovery.set_forgotten_password(database, passwords, token, token) for token in links]
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [NotFound] * 7


async def test_only_the_digest_of_a_mailed_link_is_stored_S36(database: Database) -> None:
    await world.registered(database)
    await ask(database, Purpose.FORGOTTEN)
    (token_id,) = await mailed(database)
    async with database.transaction() as tx:
        token, account = await mails.account_token(tx, token_id)
    assert token.digest == digest(account_token(KEY, token_id))
    assert (token.purpose, account.email) == ("password", EMAIL)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("email", ["nobody@example.com", "no address", "", "\x00"])
async def test_nobody_gets_no_mail_and_no_error_SEC13(database: Database, purpose: Purpose, email: str) -> None:
    await ask(database, purpose, email)
    assert await mailed(database) == []


async def test_an_account_that_is_not_locked_gets_no_unlock_mail(database: Database) -> None:
    await world.registered(database)
    await ask(database, Purpose.UNLOCK)
    await world.run(database, "UPDATE platform_accounts SET locked_at = now() - interval '61 minutes'")
    await ask(database, Purpose.UNLOCK)
    assert await mailed(database) == []


async def test_an_unfinished_registration_gets_no_new_password_mail_S33(database: Database) -> None:
    await world.invited(database)
    await ask(database, Purpose.FORGOTTEN)
    assert await mailed(database) == []


async def test_a_disabled_account_gets_none(database: Database) -> None:
    await world.registered(database)
    await world.run(database, "UPDATE platform_accounts SET disabled_at = now(), locked_at = now()")
    for purpose in Purpose:
        await ask(database, purpose)
    assert await mailed(database) == []


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_one_mail_per_quarter_of_an_hour_however_often_it_is_asked_for_SEC11(
    database: Database, purpose: Purpose
) -> None:
    await world.registered(database)
    await world.run(database, LOCK)
    await asyncio.gather(*(ask(database, purpose) for _ in range(20)))
    assert len(await mailed(database)) == 1
    await world.run(database, "UPDATE account_tokens SET created_at = now() - interval '15 minutes'")
    await ask(database, purpose, " JANE@example.com ")
    assert len(await mailed(database)) == 2


async def test_an_unlock_mail_does_not_stand_in_the_way_of_a_forgotten_password(database: Database) -> None:
    await world.registered(database)
    await world.run(database, LOCK)
    await ask(database, Purpose.UNLOCK)
    await ask(database, Purpose.FORGOTTEN)
    assert len(await mailed(database)) == 2


async def test_the_unlock_link_unlocks_once_S36(database: Database) -> None:
    await world.registered(database)
    await world.run(database, LOCK)
    token = await link(database, Purpose.UNLOCK)
    assert not await may_sign_in(database, OWN_PASSWORD)
    await platform_recovery.unlock(database, token)
    assert await may_sign_in(database, OWN_PASSWORD)
    with pytest.raises(NotFound):
        await platform_recovery.unlock(database, token)


async def test_a_locked_out_newcomer_unlocks_and_uses_the_provided_password_S36(database: Database) -> None:
    invited = await world.invited(database)
    await world.run(database, LOCK)
    token = await link(database, Purpose.UNLOCK)
    await platform_recovery.unlock(database, token)
    assert await may_sign_in(database, invited.password)


async def test_the_password_link_sets_a_password_unlocks_and_ends_every_session_S35(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    await world.run(database, LOCK)
    token = await link(database, Purpose.FORGOTTEN)
    await platform_recovery.set_forgotten_password(database, CHEAP, token, "Another1")
    assert await platform_sessions.find(database, opened.session_id) is None
    assert await may_sign_in(database, "Another1")
    assert not await may_sign_in(database, OWN_PASSWORD)


async def test_fifty_parallel_uses_of_a_link_set_one_password_F20(database: Database) -> None:
    await world.registered(database)
    token = await link(database, Purpose.FORGOTTEN)
    results = await asyncio.gather(
        *(platform_recovery.set_forgotten_password(database, CHEAP, token, f"Another{n}") for n in range(50)),
        return_exceptions=True,
    )
    (winner,) = [number for number, result in enumerate(results) if result is None]
    assert await may_sign_in(database, f"Another{winner}")
    assert all(isinstance(result, NotFound) for result in results if result is not None)


async def test_looking_at_a_link_does_not_use_it_F19(database: Database) -> None:
    await world.registered(database)
    token = await link(database, Purpose.FORGOTTEN)
    for _ in range(20):
        assert await platform_recovery.is_live(database, Purpose.FORGOTTEN, token)


async def test_a_link_is_good_for_an_hour_and_for_its_own_purpose_only(database: Database) -> None:
    await world.registered(database)
    await world.run(database, LOCK)
    token = await link(database, Purpose.UNLOCK)
    with pytest.raises(NotFound):
        await platform_recovery.set_forgotten_password(database, CHEAP, token, "Another1")
    await world.run(database, "UPDATE account_tokens SET expires_at = expires_at - interval '1 hour'")
    assert not await platform_recovery.is_live(database, Purpose.UNLOCK, token)
    with pytest.raises(NotFound):
        await platform_recovery.unlock(database, token)


async def test_a_link_to_an_address_that_was_corrected_is_dead_F41(database: Database) -> None:
    invited = await world.invited(database)
    await world.run(database, LOCK)
    token = await link(database, Purpose.UNLOCK)
    await world.corrected(database, invited.onboarding_id, "right@example.com")
    assert not await platform_recovery.is_live(database, Purpose.UNLOCK, token)
    async with database.transaction() as tx:
        assert list(await tx.scalars(select(AccountToken))) == []
        with pytest.raises(NotFound):
            await mails.account_token(tx, (await mailed(database))[0])
