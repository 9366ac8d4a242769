"""The save that completes a registration, the acceptance that does it without a password, and their rivals."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passerelle.db.database import Database
from passerelle.db.platform_sign_in import SignedIn
from passerelle.db.serialization import facts_from_json
from passerelle.domain.errors import Invalid, NotFound, Refused
from passerelle.domain.passwords import PasswordPolicy
from passerelle.domain.stages import Stage, stage_of
from passerelle.services import platform_accounts, platform_registration, platform_sessions
from passerelle.services.platform_passwords import SettingsForm
from passerelle.services.platform_sessions import Opened
from passerelle.services.platform_sign_in import Credentials, sign_in
from tests import platform_world as world
from tests.platform_world import CHEAP, OWN_PASSWORD, Invited

EMAIL = "jane@example.com"


def filled(invited: Invited, **changes: str) -> SettingsForm:
    return replace(SettingsForm(EMAIL, invited.password, OWN_PASSWORD, OWN_PASSWORD), **changes)


async def registering(database: Database, invited: Invited) -> SignedIn:
    return await world.person(database, await world.opened(database, EMAIL, invited.password))


async def save(database: Database, who: SignedIn, form: SettingsForm) -> Opened:
    return await platform_registration.complete(database, CHEAP, PasswordPolicy(), who, form)


async def test_saving_a_password_completes_everything_in_one_go_S41(database: Database) -> None:
    invited = await world.invited(database)
    opened = await save(database, await registering(database, invited), filled(invited))
    facts = await world.facts(database, invited.onboarding_id)
    assert stage_of(facts) is Stage.COMPLETED
    assert (await world.events(database, invited.onboarding_id))[-1] == "registration_completed"
    async with database.transaction() as tx:
        (membership,), (invitation,) = await world.memberships(tx), await world.invitations(tx)
    assert membership.active_since is not None
    assert invitation.used_at is not None
    await world.opened(database, EMAIL, OWN_PASSWORD)
    assert (await world.person(database, opened)).registration is None


async def test_the_workflow_learns_it_with_the_same_commit_S41_F22(database: Database) -> None:
    invited = await world.invited(database)
    await save(database, await registering(database, invited), filled(invited))
    (row,) = await world.outbox(database, "registration_completed")
    assert row.subject_id == invited.onboarding_id
    assert facts_from_json(row.facts) == await world.facts(database, invited.onboarding_id)


async def test_the_provided_password_is_dead_afterwards_S41_D3(database: Database) -> None:
    invited = await world.registered(database)
    tried = await sign_in(world.authenticator(database), Credentials(EMAIL, invited.password), None)
    assert tried is None


@pytest.mark.parametrize("password", ["Abcde1", "Abcde!", "ABCDE1", "Élise1", "E\u0301lise1"])
async def test_passwords_within_the_rule_are_taken_S39(database: Database, password: str) -> None:
    invited = await world.invited(database)
    form = filled(invited, new_password=password, new_password_confirmation=password)
    await save(database, await registering(database, invited), form)
    await world.opened(database, EMAIL, password)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("Abcd1", "password_too_short"),
        ("abcde1", "password_no_upper_case"),
        ("Abcdef", "password_no_digit_or_symbol"),
        ("", "password_missing"),
        ("A1" + "b" * 127, "password_too_long"),
    ],
)
async def test_passwords_outside_the_rule_are_refused_S39(database: Database, password: str, problem: str) -> None:
    invited = await world.invited(database)
    form = filled(invited, new_password=password, new_password_confirmation=password)
    with pytest.raises(Invalid) as refused:
        await save(database, await registering(database, invited), form)
    assert refused.value.fields == {"new_password": [problem]}
    assert stage_of(await world.facts(database, invited.onboarding_id)) is Stage.AWAITING_REGISTRATION


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("email", "", "email_missing"),
        ("email", "jane", "email_malformed"),
        ("email", "somebody.else@example.com", "email_not_this_account"),
        ("current_password", "", "password_current_missing"),
        ("current_password", "wrong-wrong-wrong", "password_current_wrong"),
        ("new_password_confirmation", "Abcde2", "password_confirmation_differs"),
        ("new_password_confirmation", "", "password_confirmation_differs"),
    ],
)
async def test_each_wrong_field_is_named_by_itself_S40(
    database: Database, field: str, typed: str, problem: str
) -> None:
    invited = await world.invited(database)
    with pytest.raises(Invalid) as refused:
        await save(database, await registering(database, invited), filled(invited, **{field: typed}))
    assert refused.value.fields == {field: [problem]}


async def test_every_wrong_field_is_named_at_once_in_the_order_of_the_page_S40(database: Database) -> None:
    invited = await world.invited(database)
    with pytest.raises(Invalid) as refused:
        await save(database, await registering(database, invited), SettingsForm("", "wrong", "abc", "def"))
    assert list(refused.value.fields) == [
        "email",
        "current_password",
        "new_password",
        "new_password_confirmation",
    ]


async def test_the_provided_password_cannot_become_the_own_one_SEC4(database: Database) -> None:
    invited = await world.invited(database)
    form = filled(invited, new_password=invited.password, new_password_confirmation=invited.password)
    with pytest.raises(Invalid) as refused:
        await save(database, await registering(database, invited), form)
    assert "password_same_as_current" in refused.value.fields["new_password"]


async def test_fifty_parallel_saves_complete_once_and_the_others_are_told_F20(database: Database) -> None:
    invited = await world.invited(database)
    who = await registering(database, invited)
    results = await asyncio.gather(*(save(database, who, filled(invited)) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(result, Opened) for result in results) == 1
    codes = [result.code for result in results if isinstance(result, Refused)]
    assert codes == ["already_completed"] * 49
    assert (await world.events(database, invited.onboarding_id)).count("registration_completed") == 1
    assert len(await world.outbox(database, "registration_completed")) == 1


async def test_the_new_session_has_a_new_id_and_all_others_are_over_SEC17(database: Database) -> None:
    invited = await world.invited(database)
    elsewhere = await world.opened(database, EMAIL, invited.password)
    here = await world.opened(database, EMAIL, invited.password, persistent=True)
    opened = await save(database, await world.person(database, here), filled(invited))
    assert opened.session_id not in {here.session_id, elsewhere.session_id}
    assert opened.persistent
    assert await platform_sessions.find(database, elsewhere.session_id) is None
    # The old cookie of this browser can only be told that all is done, and not for long.
    left = await world.person(database, here)
    assert left.registration is not None
    assert left.registration.state == "used"
    await world.run(database, "UPDATE sessions SET expires_at = expires_at - interval '5 minutes 1 second'")
    assert await platform_sessions.find(database, here.session_id) is None


async def test_somebody_may_finish_before_our_mail_server_said_it_sent_the_mail_F21(database: Database) -> None:
    invited = await world.invited(database)
    await world.set_facts(database, invited.onboarding_id, mailed=0)
    await save(database, await registering(database, invited), filled(invited))
    assert stage_of(await world.facts(database, invited.onboarding_id)) is Stage.COMPLETED


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("UPDATE onboardings SET expires_at = now()", "expired"),
        ("UPDATE onboardings SET withdrawn_at = now(), stage = 'withdrawn'", "withdrawn"),
        ("UPDATE onboardings SET generation = 2", "replaced"),
    ],
)
async def test_an_invitation_that_dies_under_the_form_completes_nothing_F26_F27(
    database: Database, change: str, state: str
) -> None:
    invited = await world.invited(database)
    who = await registering(database, invited)
    await world.run(database, change)
    with pytest.raises(Refused) as refused:
        await save(database, who, filled(invited))
    assert (refused.value.code, refused.value.details["state"]) == ("invitation_dead", state)
    assert (await world.account(database)).password_hash is None
    assert await world.outbox(database, "registration_completed") == []


async def test_a_withdrawal_against_a_save_has_one_winner_F26(database: Database) -> None:
    for turn in range(10):
        invited = await world.invited(database, f"turn{turn}@example.com")
        opened = await world.opened(database, f"turn{turn}@example.com", invited.password)
        who = await world.person(database, opened)
        form = filled(invited, email=f"turn{turn}@example.com")
        await asyncio.gather(save(database, who, form), world.withdraw(database, invited), return_exceptions=True)
        async with database.transaction() as tx:
            await platform_accounts.disable(tx, invited.onboarding_id, datetime.now(UTC))
        stage = stage_of(await world.facts(database, invited.onboarding_id))
        account = await world.account(database, f"turn{turn}@example.com")
        assert (stage, account.disabled_at is None) in {(Stage.COMPLETED, True), (Stage.WITHDRAWN, False)}


async def test_a_second_invitation_becomes_one_to_accept_when_the_first_set_the_password_F45(
    database: Database,
) -> None:
    first, second = await world.invited(database), await world.invited(database)
    late = await registering(database, second)
    await save(database, await registering(database, first), filled(first))
    with pytest.raises(Refused, match="password_already_set"):
        await save(database, late, filled(second))
    assert await sign_in(world.authenticator(database), Credentials(EMAIL, second.password), None) is None
    await platform_registration.accept(database, late.account.id, second.onboarding_id)
    assert stage_of(await world.facts(database, second.onboarding_id)) is Stage.COMPLETED


async def test_somebody_with_an_account_accepts_with_a_button_F45(database: Database) -> None:
    await world.registered(database)
    second = await world.invited(database)
    account = await world.account(database)
    await platform_registration.accept(database, account.id, second.onboarding_id)
    assert (await world.events(database, second.onboarding_id))[-1] == "registration_completed"
    assert len(await world.outbox(database, "registration_completed")) == 2
    assert (await world.account(database)).password_hash == account.password_hash


async def test_fifty_parallel_acceptances_complete_once_F20(database: Database) -> None:
    await world.registered(database)
    second, account = await world.invited(database), await world.account(database)
    results = await asyncio.gather(
        *(platform_registration.accept(database, account.id, second.onboarding_id) for _ in range(50)),
        return_exceptions=True,
    )
    assert results.count(None) == 1
    assert sum(isinstance(result, Refused) and result.code == "already_completed" for result in results) == 49


async def test_nobody_accepts_what_another_was_invited_to(database: Database) -> None:
    await world.registered(database)
    other = await world.invited(database, "other@example.com")
    with pytest.raises(NotFound):
        await platform_registration.accept(database, (await world.account(database)).id, other.onboarding_id)


async def test_nobody_accepts_without_a_password_of_their_own(database: Database) -> None:
    invited = await world.invited(database)
    with pytest.raises(Refused, match="password_missing"):
        await platform_registration.accept(database, (await world.account(database)).id, invited.onboarding_id)
