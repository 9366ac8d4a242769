"""Reminders: still wanted or not sent, and never the end of an onboarding by themselves (L4, F28)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError

from passerelle.domain.stages import Cause
from tests import platform_world
from tests.activities.post import AT, RECIPIENT, RETRY, Post, is_final, plain_text, secrets_in
from tests.mail_server import Behaviour

UNWANTED: list[dict[str, object]] = [
    {"registered_at": AT},
    {"withdrawn_at": AT},
    {"lapsed_at": AT},
    {"mailing": 2},
    {"mailing": 2, "mailed": 2},
    {"generation": 2, "mailing": 2},
    {"cause": Cause.BOUNCED, "attention_at": AT},
    {"cause": Cause.EXPIRED, "attention_at": AT},
    {"reminded": 1},
    {"reminded": 4},
]
A_WHILE = timedelta(seconds=RETRY)


async def requester_of(post: Post, onboarding_id: UUID) -> str:
    requester = (await post.case(onboarding_id)).requester
    assert requester is not None
    return requester.email


async def reminded_entry(post: Post, onboarding_id: UUID) -> tuple[str, dict[str, str | int]]:
    (entry,) = await post.timeline(onboarding_id)
    return entry.event, entry.details


async def test_a_reminder_carries_the_link_and_credential_of_the_invitation_L4_D3(post: Post) -> None:
    onboarding_id = await post.inviting()
    await post.invite(onboarding_id)
    await post.remind(onboarding_id)
    invitation, reminder = post.server.kept
    assert reminder["To"] == RECIPIENT
    assert reminder["From"] == invitation["From"]
    assert reminder["Message-ID"] != invitation["Message-ID"]
    assert secrets_in(reminder) == secrets_in(invitation)


async def test_a_reminder_is_counted_and_told_L4(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    facts = await post.remind(onboarding_id)
    assert facts == await post.facts(onboarding_id)
    assert facts.reminded == 1
    assert [row.state for row in await post.ledger(onboarding_id)] == ["accepted"]
    assert await reminded_entry(post, onboarding_id) == ("recipient_reminded", {"number": 1, "sent": 1})


async def test_the_requester_is_reminded_without_link_or_credential_L4_D3(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    await post.remind(onboarding_id, to_requester=True)
    (mail,) = post.server.kept
    assert mail["To"] == await requester_of(post, onboarding_id)
    assert mail["From"].addresses[0].display_name == post.settings.operator_name
    assert "Bonjour Daniel," in plain_text(mail)
    assert secrets_in(mail) == ([], [])
    assert "http" not in plain_text(mail)
    assert await reminded_entry(post, onboarding_id) == ("requester_reminded", {"number": 1, "sent": 1})


@pytest.mark.parametrize("to_requester", [False, True])
@pytest.mark.parametrize("change", UNWANTED, ids=" and ".join)
async def test_a_reminder_that_is_no_longer_wanted_is_not_sent_F28_I8(
    post: Post, change: dict[str, object], *, to_requester: bool
) -> None:
    onboarding_id = await post.awaiting_registration()
    await platform_world.set_facts(post.database, onboarding_id, **change)
    before = await post.facts(onboarding_id)
    assert await post.remind(onboarding_id, to_requester=to_requester) == before
    assert (post.server.conversations, await post.ledger(onboarding_id)) == (0, [])


async def test_a_second_run_sends_nothing_F10(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    first = await post.remind(onboarding_id)
    assert await post.remind(onboarding_id) == first
    assert len(post.server.kept) == len(await post.timeline(onboarding_id)) == 1


@pytest.mark.parametrize(
    ("number", "to_requester", "days"),
    [(1, False, 7), (2, False, 14), (1, False, 30), (4, False, 30), (3, True, 30)],
)
async def test_a_reminder_that_is_overtaken_by_the_next_or_by_the_expiry_is_not_sent_L4(
    post: Post, number: int, days: int, *, to_requester: bool
) -> None:
    """After an outage nobody gets three reminders at once, nor one of an invitation that is dead."""
    onboarding_id = await post.awaiting_registration()
    at = AT + timedelta(days=days)
    assert (await post.remind(onboarding_id, number, to_requester=to_requester, at=at)).reminded == number
    assert (post.server.conversations, await post.ledger(onboarding_id)) == (0, [])
    assert (await reminded_entry(post, onboarding_id))[1] == {"number": number, "sent": 0}


@pytest.mark.parametrize(("number", "to_requester", "days"), [(1, False, 6), (3, True, 20), (4, False, 29)])
async def test_the_last_reminder_that_is_due_is_sent_however_late_L4(
    post: Post, number: int, days: int, *, to_requester: bool
) -> None:
    onboarding_id = await post.awaiting_registration()
    await post.remind(onboarding_id, number, to_requester=to_requester, at=AT + timedelta(days=days))
    assert len(post.server.kept) == 1


async def test_each_entry_of_the_schedule_is_a_mail_of_its_own_L4(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    for number in (1, 2, 3):
        await post.remind(onboarding_id, number)
    assert len({mail["Message-ID"] for mail in post.server.kept}) == 3


async def test_a_mailbox_that_is_gone_is_a_bounce_L6(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.script.append(Behaviour.REFUSE_RECIPIENT)
    with pytest.raises(ApplicationError) as caught:
        await post.remind(onboarding_id)
    assert is_final(caught.value) == ("mail_refused", True)
    assert (await post.facts(onboarding_id)).reminded == 0
    assert [row.state for row in await post.ledger(onboarding_id)] == ["refused"]


async def test_a_requester_whose_mailbox_is_gone_costs_one_reminder_only(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.script.append(Behaviour.REFUSE_RECIPIENT)
    assert (await post.remind(onboarding_id, to_requester=True)).reminded == 1
    assert await reminded_entry(post, onboarding_id) == ("requester_reminded", {"number": 1, "sent": 0})
    assert [row.state for row in await post.ledger(onboarding_id)] == ["refused"]


@pytest.mark.parametrize("behaviour", [Behaviour.DEFER_RECIPIENT, Behaviour.CUT_AT_DATA, Behaviour.CUT_AFTER_DOT])
async def test_a_mail_server_that_is_away_is_tried_again_first_F15(post: Post, behaviour: Behaviour) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.script.append(behaviour)
    with pytest.raises(ApplicationError) as caught:
        await post.remind(onboarding_id)
    assert not caught.value.non_retryable
    assert (await post.remind(onboarding_id)).reminded == 1
    assert len(set(post.server.raw)) == 1


async def test_a_mail_server_that_stays_away_costs_the_reminder_not_the_onboarding_L4(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.otherwise = Behaviour.DEFER_RECIPIENT
    facts = await post.remind(onboarding_id, tried_for=A_WHILE)
    assert (facts.reminded, facts.cause) == (1, None)
    assert await reminded_entry(post, onboarding_id) == ("recipient_reminded", {"number": 1, "sent": 0})


async def test_after_four_copies_of_a_reminder_no_fifth_is_sent_I3(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()
    post.server.otherwise = Behaviour.CUT_AFTER_DOT
    for _ in range(3):
        with pytest.raises(ApplicationError):
            await post.remind(onboarding_id)
    assert (await post.remind(onboarding_id)).reminded == 1
    assert (await post.remind(onboarding_id)).reminded == 1
    assert len(post.server.raw) == 4
    assert len(set(post.server.raw)) == 1


async def test_a_registration_while_the_reminder_leaves_is_kept_F28(post: Post) -> None:
    onboarding_id = await post.awaiting_registration()

    async def registers() -> None:
        await platform_world.set_facts(post.database, onboarding_id, registered_at=datetime.now(UTC))

    post.mailer.meanwhile = registers
    facts = await post.remind(onboarding_id)
    assert facts.registered_at is not None
    assert facts.reminded == 0
