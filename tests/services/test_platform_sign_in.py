"""Signing in: with the provided password, with one's own, and every way in which it does not work."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from passerelle.auth.lockout import Lockout
from passerelle.auth.passwords import Passwords, Verdict
from passerelle.db.database import Database
from passerelle.services import platform_sessions
from passerelle.services.platform_sessions import Opened, Registration
from passerelle.services.platform_sign_in import Authenticator, Credentials, sign_in
from tests import platform_world as world
from tests.platform_world import KEY, OWN_PASSWORD

EMAIL = "jane@example.com"
LOCKED_AN_HOUR_AGO = "UPDATE platform_accounts SET locked_at = now() - interval '1 hour'"


class Counting(Passwords):
    """Counts how often a stored hash was really verified."""

    def __init__(self) -> None:
        super().__init__(memory_kibibytes=8, passes=1)
        self.verified: list[bool] = []

    @override
    async def verify(self, password: str, stored: str | None) -> Verdict:
        self.verified.append(stored is not None)
        return await super().verify(password, stored)


async def attempt(database: Database, password: str, email: str = EMAIL) -> Opened | None:
    return await sign_in(world.authenticator(database), Credentials(email, password), None)


async def test_the_provided_password_opens_a_session_for_that_registration_only_S33_S42(database: Database) -> None:
    invited = await world.invited(database)
    opened = await attempt(database, invited.password)
    assert opened is not None
    assert opened.registration == Registration(invited.onboarding_id, 1)
    person = await world.person(database, opened)
    assert person.registration is not None
    assert person.registration.invitation.onboarding_id == invited.onboarding_id


async def test_the_provided_password_may_be_typed_with_spaces_and_the_address_in_any_case_S33(
    database: Database,
) -> None:
    invited = await world.invited(database)
    assert await attempt(database, f" {invited.password} ", " JANE@Example.COM ")


async def test_ones_own_password_opens_a_session_without_anything_to_finish(database: Database) -> None:
    await world.registered(database)
    opened = await attempt(database, OWN_PASSWORD)
    assert opened is not None
    assert opened.registration is None


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "Wrong1"), (EMAIL, ""), ("", ""), ("nobody@example.com", "x")])
async def test_a_wrong_pair_opens_nothing_S35(database: Database, email: str, password: str) -> None:
    await world.registered(database)
    assert await attempt(database, password, email) is None


@pytest.mark.parametrize("email", ["\x00", "a\x00b@example.com", "é" * 2000, "a@b@c", "@", "\ud7ff@example.com"])
async def test_what_is_no_address_is_nobodys(database: Database, email: str) -> None:
    assert await attempt(database, "x", email) is None


async def test_the_first_sign_in_is_told_once_in_the_timeline_S42(database: Database) -> None:
    invited = await world.invited(database)
    for _ in range(3):
        assert await attempt(database, invited.password)
    assert (await world.events(database, invited.onboarding_id)).count("signed_in") == 1
    corrected = await world.corrected(database, invited.onboarding_id, "marie@example.com")
    assert await attempt(database, corrected.password, "marie@example.com")
    assert (await world.events(database, invited.onboarding_id)).count("signed_in") == 2


async def test_a_credential_is_dead_once_it_expired_by_the_databases_clock_F27(database: Database) -> None:
    invited = await world.invited(database)
    await world.run(database, "UPDATE onboardings SET expires_at = now()")
    assert await attempt(database, invited.password) is None
    await world.run(database, "UPDATE onboardings SET expires_at = now() + interval '1 minute'")
    assert await attempt(database, invited.password)


async def test_a_replaced_or_withdrawn_credential_is_dead_F41_F42(database: Database) -> None:
    invited = await world.invited(database)
    corrected = await world.corrected(database, invited.onboarding_id, EMAIL)
    assert await attempt(database, invited.password) is None
    assert await attempt(database, corrected.password)
    await world.set_facts(database, invited.onboarding_id, withdrawn_at=world.NOW)
    assert await attempt(database, corrected.password) is None


async def test_a_used_credential_is_dead_S41(database: Database) -> None:
    invited = await world.registered(database)
    assert await attempt(database, invited.password) is None


async def test_either_of_two_provided_passwords_works_until_one_was_used_F45(database: Database) -> None:
    first, second = await world.invited(database), await world.invited(database)
    for invited in (first, second):
        opened = await attempt(database, invited.password)
        assert opened is not None
        assert opened.registration == Registration(invited.onboarding_id, 1)


async def test_a_disabled_account_stays_out_and_its_sessions_end_at_once_SEC18(database: Database) -> None:
    await world.registered(database)
    opened = await world.opened(database, EMAIL, OWN_PASSWORD)
    await world.run(database, "UPDATE platform_accounts SET disabled_at = now()")
    assert await attempt(database, OWN_PASSWORD) is None
    assert await platform_sessions.find(database, opened.session_id) is None


async def test_an_account_locks_after_ten_wrong_passwords_even_for_the_right_one_S36(database: Database) -> None:
    await world.registered(database)
    for _ in range(10):
        assert await attempt(database, "Wrong1") is None
    assert await attempt(database, OWN_PASSWORD) is None
    assert (await world.account(database)).locked_at is not None


async def test_nine_wrong_passwords_are_forgotten_by_a_right_one_S36(database: Database) -> None:
    await world.registered(database)
    for _ in range(9):
        await attempt(database, "Wrong1")
    assert await attempt(database, OWN_PASSWORD)
    account = await world.account(database)
    assert (account.failed_tries, account.locked_at) == (0, None)


async def test_the_right_password_at_the_tenth_try_still_counts_S36(database: Database) -> None:
    await world.registered(database)
    for _ in range(9):
        await attempt(database, "Wrong1")
    assert await attempt(database, OWN_PASSWORD)


async def test_a_lock_ends_by_itself_after_an_hour_and_ten_tries_count_anew_SEC11(database: Database) -> None:
    await world.registered(database)
    for _ in range(10):
        await attempt(database, "Wrong1")
    await world.run(database, LOCKED_AN_HOUR_AGO)
    assert await attempt(database, "Wrong1") is None
    assert (await world.account(database)).failed_tries == 1
    assert await attempt(database, OWN_PASSWORD)


async def test_an_installation_may_lock_sooner_and_longer_S36(database: Database) -> None:
    await world.registered(database)
    strict = world.authenticator(database, Lockout(tries=2, lasts=timedelta(hours=3)))
    for _ in range(2):
        assert await sign_in(strict, Credentials(EMAIL, "Wrong1"), None) is None
    await world.run(database, LOCKED_AN_HOUR_AGO)
    assert await sign_in(strict, Credentials(EMAIL, OWN_PASSWORD), None) is None


async def test_200_parallel_wrong_tries_count_200_and_ten_hashes_are_verified_SEC10(database: Database) -> None:
    await world.registered(database)
    counting = Counting()
    authenticator = Authenticator(database, counting, Lockout(), KEY)
    tries = (sign_in(authenticator, Credentials(EMAIL, "Wrong1"), None) for _ in range(200))
    assert set(await asyncio.gather(*tries)) == {None}
    assert (await world.account(database)).failed_tries == 200
    assert counting.verified.count(True) == 10
    # Whoever is refused waits as long as whoever is wrong (SEC13).
    assert len(counting.verified) == 200


async def test_unknown_locked_and_disabled_accounts_cost_a_hash_like_a_wrong_password_SEC13(
    database: Database,
) -> None:
    await world.registered(database)
    await world.registered(database, "disabled@example.com")
    await world.run(database, "UPDATE platform_accounts SET disabled_at = now() WHERE email LIKE 'disabled%'")
    counting = Counting()
    authenticator = Authenticator(database, counting, Lockout(), KEY)
    for email in (EMAIL, "nobody@example.com", "disabled@example.com", "no address"):
        assert await sign_in(authenticator, Credentials(email, "Wrong1"), None) is None
    assert counting.verified == [True, False, False, False]


async def test_the_try_that_locks_sends_the_unlock_instructions_once_S36(database: Database) -> None:
    await world.registered(database)
    for _ in range(9):
        await attempt(database, "Wrong1")
    assert await world.outbox(database, "send_account_mail") == []
    for _ in range(5):
        await attempt(database, "Wrong1")
    assert len(await world.outbox(database, "send_account_mail")) == 1


async def test_a_hash_of_an_older_cost_is_renewed_at_sign_in_SEC3(database: Database) -> None:
    await world.registered(database)
    before = (await world.account(database)).password_hash
    costlier = Authenticator(database, Passwords(memory_kibibytes=16, passes=1), Lockout(), KEY)
    assert await sign_in(costlier, Credentials(EMAIL, OWN_PASSWORD), None)
    after = (await world.account(database)).password_hash
    assert after != before
    assert "m=16," in (after or "")


async def test_a_password_that_changed_while_it_was_verified_opens_nothing(database: Database) -> None:
    await world.registered(database)

    class Meanwhile(Passwords):
        @override
        async def verify(self, password: str, stored: str | None) -> Verdict:
            await world.run(database, "UPDATE platform_accounts SET password_hash = 'another'")
            return await super().verify(password, stored)

    racing = Authenticator(database, Meanwhile(memory_kibibytes=8, passes=1), Lockout(), KEY)
    assert await sign_in(racing, Credentials(EMAIL, OWN_PASSWORD), None) is None


async def test_an_invitation_that_was_withdrawn_while_it_was_verified_opens_nothing_F26(database: Database) -> None:
    invited = await world.invited(database)

    class Meanwhile(Passwords):
        @override
        async def verify(self, password: str, stored: str | None) -> Verdict:
            await world.set_facts(database, invited.onboarding_id, withdrawn_at=datetime.now(UTC))
            return await super().verify(password, stored)

    racing = Authenticator(database, Meanwhile(memory_kibibytes=8, passes=1), Lockout(), KEY)
    assert await sign_in(racing, Credentials(EMAIL, invited.password), None) is None
