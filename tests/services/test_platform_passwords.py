"""Changing one's own password in the settings, long after the registration."""

import pytest

from passerelle.db.database import Database
from passerelle.db.platform_sign_in import SignedIn
from passerelle.domain.errors import Invalid
from passerelle.domain.passwords import PasswordPolicy
from passerelle.services import platform_sessions
from passerelle.services.platform_passwords import SettingsForm, change_password
from passerelle.services.platform_sessions import Opened
from tests import platform_world as world
from tests.platform_world import OWN_PASSWORD

EMAIL = "jane@example.com"


async def signed_in(database: Database, *, persistent: bool = False) -> SignedIn:
    await world.registered(database)
    return await world.person(database, await world.opened(database, EMAIL, OWN_PASSWORD, persistent=persistent))


async def change(
    database: Database, who: SignedIn, current: str, new: str, confirmation: str | None = None
) -> Opened | None:
    form = SettingsForm(EMAIL, current, new, new if confirmation is None else confirmation)
    return await change_password(world.authenticator(database), PasswordPolicy(), who, form)


async def test_a_new_password_replaces_the_old_one_and_ends_every_other_session_SEC8(database: Database) -> None:
    who = await signed_in(database, persistent=True)
    elsewhere = await world.opened(database, EMAIL, OWN_PASSWORD)
    opened = await change(database, who, OWN_PASSWORD, "Another1")
    assert opened is not None
    assert opened.persistent
    assert await platform_sessions.find(database, elsewhere.session_id) is None
    await world.opened(database, EMAIL, "Another1")
    with pytest.raises(Invalid):
        await change(database, who, OWN_PASSWORD, "Another2")


async def test_without_a_new_password_nothing_changes_S38(database: Database) -> None:
    who = await signed_in(database)
    assert await change(database, who, OWN_PASSWORD, "") is None
    await world.opened(database, EMAIL, OWN_PASSWORD)


async def test_a_wrong_current_password_is_refused_and_counts_as_a_try_S40_SEC10(database: Database) -> None:
    who = await signed_in(database)
    with pytest.raises(Invalid) as refused:
        await change(database, who, "Wrong1", "Another1")
    assert refused.value.fields == {"current_password": ["password_current_wrong"]}
    assert (await world.account(database)).failed_tries == 1


async def test_a_right_current_password_is_no_try_even_when_another_field_is_wrong(database: Database) -> None:
    who = await signed_in(database)
    for _ in range(11):
        with pytest.raises(Invalid) as refused:
            await change(database, who, OWN_PASSWORD, "abc", "def")
    assert list(refused.value.fields) == ["new_password", "new_password_confirmation"]
    assert (await world.account(database)).failed_tries == 0


async def test_the_current_password_is_no_new_one(database: Database) -> None:
    who = await signed_in(database)
    with pytest.raises(Invalid) as refused:
        await change(database, who, OWN_PASSWORD, "E\u0301lise1")
    assert refused.value.fields == {"new_password": ["password_same_as_current"]}


async def test_an_installation_may_ask_for_more_S39(database: Database) -> None:
    who = await signed_in(database)
    form = SettingsForm(EMAIL, OWN_PASSWORD, "Another1", "Another1")
    with pytest.raises(Invalid) as refused:
        await change_password(world.authenticator(database), PasswordPolicy(12), who, form)
    assert refused.value.fields == {"new_password": ["password_too_short"]}
