"""Accounts on the embedded platform: one per address, its credential, and what becomes of it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from passerelle.db.database import Database
from passerelle.db.tables import PlatformAccount, Session
from passerelle.domain import credentials
from passerelle.domain.errors import NotFound, Refused
from passerelle.services import platform_accounts
from tests import platform_world as world
from tests.platform_world import KEY, NOW


async def test_provisioning_makes_the_account_the_pending_role_and_the_credential_S33_D3(database: Database) -> None:
    invited = await world.invited(database, " Jane@Example.com ")
    async with database.transaction() as tx:
        (account,), (invitation,), (membership,) = (
            await world.accounts(tx),
            await world.invitations(tx),
            await world.memberships(tx),
        )
    assert (account.email, account.first_name, account.password_hash) == ("jane@example.com", "Jane", None)
    assert account.created_by == invited.onboarding_id
    assert membership.account_id == account.id
    assert membership.active_since is None
    assert invitation.link_digest == credentials.digest(invited.token)
    assert invitation.password_digest == credentials.password_digest(invited.password)
    assert invitation.key_id == credentials.key_id(KEY)


async def test_provisioning_twice_changes_nothing_F10(database: Database) -> None:
    invited = await world.invited(database)
    async with database.transaction() as tx:
        await platform_accounts.provision(tx, invited.onboarding_id, 1, b"another key, rotated in the meantime", NOW)
        assert len(await world.accounts(tx)) == len(await world.memberships(tx)) == 1
        assert [found.key_id for found in await world.invitations(tx)] == [credentials.key_id(KEY)]


async def test_twenty_programs_for_one_new_address_get_one_account_I2(database: Database) -> None:
    ids = [await world.requested(database) for _ in range(20)]
    await asyncio.gather(*(world.provision(database, onboarding_id) for onboarding_id in ids))
    async with database.transaction() as tx:
        assert len(await world.accounts(tx)) == 1
        assert {membership.onboarding_id for membership in await world.memberships(tx)} == set(ids)


async def test_a_corrected_address_renames_the_same_account_and_kills_the_old_credential_F41(
    database: Database,
) -> None:
    invited = await world.invited(database, "wrong@example.com")
    before = await world.account(database, "wrong@example.com")
    await world.corrected(database, invited.onboarding_id, "right@example.com")
    async with database.transaction() as tx:
        (account,), (old, new) = await world.accounts(tx), await world.invitations(tx)
    assert (account.id, account.email, account.first_name) == (before.id, "right@example.com", "Marie")
    assert old.revoked_at is not None
    assert new.revoked_at is None
    assert old.password_digest != new.password_digest
    assert old.link_digest != new.link_digest


async def test_a_correction_ends_the_sessions_of_the_old_address(database: Database) -> None:
    invited = await world.invited(database, "wrong@example.com")
    account = await world.account(database, "wrong@example.com")
    async with database.transaction() as tx:
        tx.add(
            Session(
                digest=b"1", account_id=account.id, persistent=True, expires_at=NOW + timedelta(days=1),
                onboarding_id=invited.onboarding_id, generation=1,
            )
        )  # fmt: skip
    await world.corrected(database, invited.onboarding_id, "right@example.com")
    async with database.transaction() as tx:
        assert await tx.get(Session, b"1") is None


async def test_a_correction_to_an_address_with_an_account_links_it_and_disables_the_orphan_F41(
    database: Database,
) -> None:
    await world.invited(database, "known@example.com")
    known = await world.account(database, "known@example.com")
    invited = await world.invited(database, "wrong@example.com")
    await world.corrected(database, invited.onboarding_id, "known@example.com")
    assert (await world.account(database, "wrong@example.com")).disabled_at == NOW
    async with database.transaction() as tx:
        roles = [role.account_id for role in await world.memberships(tx) if role.onboarding_id == invited.onboarding_id]
        assert roles == [known.id]
        assert (await world.invitations(tx))[-1].account_id == known.id


async def test_a_correction_leaves_an_account_that_another_program_uses(database: Database) -> None:
    first = await world.invited(database, "shared@example.com")
    other = await world.invited(database, "shared@example.com")
    await world.corrected(database, first.onboarding_id, "right@example.com")
    shared, right = [await world.account(database, name) for name in ("shared@example.com", "right@example.com")]
    assert shared.disabled_at is None
    assert shared.created_by == other.onboarding_id
    assert right.created_by == first.onboarding_id
    assert shared.first_name == "Jane"


async def test_a_request_never_renames_somebody_who_already_signs_in_F45(database: Database) -> None:
    await world.invited(database)
    await _set_password(database)
    invited = await world.invited(database)
    await world.corrected(database, invited.onboarding_id, "jane@example.com")
    account = await world.account(database)
    assert account.first_name == "Jane"
    assert account.password_hash is not None


async def test_a_late_run_for_an_old_generation_or_after_the_end_does_nothing(database: Database) -> None:
    onboarding_id = await world.requested(database)
    async with database.transaction() as tx:
        await platform_accounts.provision(tx, onboarding_id, 2, KEY, NOW)
    await world.set_facts(database, onboarding_id, withdrawn_at=NOW)
    async with database.transaction() as tx:
        await platform_accounts.provision(tx, onboarding_id, 1, KEY, NOW)
        assert await world.accounts(tx) == []


async def test_provisioning_something_unknown_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await platform_accounts.provision(tx, uuid4(), 1, KEY, NOW)


async def test_somebody_who_was_shut_out_is_not_let_in_again_by_a_request(database: Database) -> None:
    await world.invited(database)
    await _set_password(database, disabled_at=NOW)
    onboarding_id = await world.requested(database)
    with pytest.raises(Refused, match="platform_account_disabled"):
        await world.provision(database, onboarding_id)


async def test_a_withdrawal_disables_the_account_that_it_made_L9(database: Database) -> None:
    invited = await world.invited(database)
    assert await _disable(database, invited)
    assert (await world.account(database)).disabled_at == NOW
    async with database.transaction() as tx:
        assert await world.memberships(tx) == []
        assert [found.revoked_at for found in await world.invitations(tx)] == [NOW]
    assert not await _disable(database, invited)


async def test_a_withdrawal_leaves_an_account_that_existed_before_L9(database: Database) -> None:
    await world.invited(database)
    invited = await world.invited(database)
    assert not await _disable(database, invited)
    assert (await world.account(database)).disabled_at is None


async def test_an_account_outlives_its_maker_while_another_invitation_needs_it_L9(database: Database) -> None:
    maker, heir = await world.invited(database), await world.invited(database)
    assert not await _disable(database, maker)
    assert (await world.account(database)).created_by == heir.onboarding_id
    assert await _disable(database, heir)
    assert (await world.account(database)).disabled_at == NOW


async def test_an_active_role_keeps_the_account_L9(database: Database) -> None:
    maker, other = await world.invited(database), await world.invited(database)
    await world.activate(database, other)
    assert not await _disable(database, maker)
    assert (await world.account(database)).disabled_at is None


async def test_a_new_invitation_revives_the_account_of_a_withdrawn_one(database: Database) -> None:
    await _disable(database, await world.invited(database))
    again = await world.invited(database)
    account = await world.account(database)
    assert account.disabled_at is None
    assert account.created_by == again.onboarding_id


async def test_withdrawal_against_provisioning_never_leaves_an_invited_person_shut_out(database: Database) -> None:
    for turn in range(10):
        email = f"turn{turn}@example.com"
        maker, late = await world.invited(database, email), await world.requested(database, email)
        await asyncio.gather(_disable(database, maker), world.provision(database, late))
        assert (await world.account(database, email)).disabled_at is None


async def _disable(database: Database, invited: world.Invited) -> bool:
    await world.set_facts(database, invited.onboarding_id, withdrawn_at=NOW)
    async with database.transaction() as tx:
        return await platform_accounts.disable(tx, invited.onboarding_id, NOW)


async def _set_password(database: Database, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(update(PlatformAccount).values(password_hash="$argon2id$…", **values))
