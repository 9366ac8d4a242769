"""The invitation e-mail: once where possible, otherwise every copy the same (S31-S33, F14-F16)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from temporalio.exceptions import ApplicationError

from passerelle.db import mails
from passerelle.db.tables import AccessRequest, Invitation, MailRow, OutboxRow, PlatformAccount
from passerelle.domain import credentials
from passerelle.domain.stages import Cause, Facts, Stage, stage_of
from passerelle.mail import smtp
from tests import platform_world
from tests.activities.post import AT, EXPIRES_AT, RECIPIENT, RETRY, Post, is_final, plain_text, secrets_in
from tests.mail_server import Behaviour
from tests.platform_world import KEY
from workflows.messages import SendInvitation

OUTCOMES = [
    (Behaviour.DEFER_RECIPIENT, ("mail_deferred", False), ("deferred", 451)),
    (Behaviour.REFUSE_RECIPIENT, ("mail_refused", True), ("refused", 550)),
    (Behaviour.REFUSE_CONTENT, ("mail_refused", True), ("refused", 554)),
    (Behaviour.DEFER_CONTENT, ("mail_deferred", False), ("deferred", 452)),
    (Behaviour.CUT_AT_DATA, ("mail_deferred", False), ("deferred", None)),
    (Behaviour.CUT_AFTER_DOT, ("mail_unknown", False), ("unknown", None)),
    (Behaviour.GARBLED_AFTER_DOT, ("mail_unknown", False), ("unknown", None)),
    (Behaviour.UNAVAILABLE, ("mail_deferred", False), ("deferred", 421)),
    (Behaviour.HANG_AT_RECIPIENT, ("mail_deferred", False), ("deferred", None)),
    (Behaviour.HANG_AFTER_DOT, ("mail_unknown", False), ("unknown", None)),
]
STALE: list[dict[str, object]] = [
    {"mailing": 2},
    {"generation": 2},
    {"mailed": 1},
    {"training_registered": False},
    {"cause": Cause.BOUNCED, "attention_at": AT},
    {"registered_at": AT},
    {"withdrawn_at": AT},
    {"lapsed_at": AT},
]


async def failing(post: Post, onboarding_id: UUID, tried_for: timedelta = timedelta()) -> ApplicationError:
    with pytest.raises(ApplicationError) as caught:
        await post.invite(onboarding_id, tried_for=tried_for)
    return caught.value


async def test_the_designated_person_gets_it_in_the_programs_name_S31_S32(post: Post) -> None:
    await post.invite(await post.inviting(title='Les "Aînés", A & B'))
    (mail,) = post.server.kept
    assert post.server.recipients == [mail["To"]] == [RECIPIENT]
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Les "Aînés", A & B', post.settings.mail_from)
    assert mail["Reply-To"] == post.settings.mail_reply_to


async def test_its_link_and_credential_are_those_that_the_platform_knows_S33_I4(post: Post) -> None:
    onboarding_id = await post.inviting()
    await post.invite(onboarding_id)
    (link,), (password,) = secrets_in(post.server.kept[0])
    async with post.database.transaction() as tx:
        known = (await tx.scalars(select(Invitation))).one()
    assert known.link_digest == credentials.digest(link)
    assert known.password_digest == credentials.password_digest(password)
    assert f"http://localhost:8000/fr/plateforme/invitation/{link}\n" in plain_text(post.server.kept[0])


async def test_an_accepted_invitation_is_recorded_with_ledger_and_timeline_L4(post: Post) -> None:
    onboarding_id = await post.inviting()
    facts = await post.invite(onboarding_id)
    assert facts == await post.facts(onboarding_id)
    assert (facts.mailed, facts.invited_at, facts.expires_at) == (1, AT, EXPIRES_AT)
    assert stage_of(facts) is Stage.AWAITING_REGISTRATION
    (row,) = await post.ledger(onboarding_id)
    assert (row.state, row.smtp_code, row.tries, row.recipient) == ("accepted", 250, 1, RECIPIENT)
    assert row.message_id == post.server.kept[0]["Message-ID"]
    (entry,) = await post.timeline(onboarding_id)
    assert (entry.event, entry.details) == ("invitation_sent", {"mailing": 1, "generation": 1})


async def test_the_workflow_that_asked_is_not_signalled(post: Post) -> None:
    await post.invite(await post.inviting())
    async with post.database.transaction() as tx:
        assert await tx.scalar(select(func.count(OutboxRow.id))) == 0


async def test_a_second_run_after_the_acceptance_sends_nothing_F10(post: Post) -> None:
    onboarding_id = await post.inviting()
    first = await post.invite(onboarding_id)
    assert await post.invite(onboarding_id) == first
    assert len(post.server.kept) == len(await post.timeline(onboarding_id)) == 1


async def test_a_run_that_died_between_acceptance_and_record_is_made_good_without_mail_F10(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.script.append(Behaviour.CUT_AFTER_DOT)
    await failing(post, onboarding_id)
    (row,) = await post.ledger(onboarding_id)
    async with post.database.transaction() as tx:
        await mails.accepted(tx, row.id, 250)
    facts = await post.invite(onboarding_id)
    assert facts.mailed == 1
    assert len(post.server.kept) == 1


def test_every_way_a_mail_server_can_answer_is_here_F15() -> None:
    assert {behaviour for behaviour, _, _ in OUTCOMES} == set(Behaviour) - {Behaviour.ACCEPT}


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome[0])
async def test_the_outcomes_are_told_apart_and_written_in_the_ledger_F15(
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    outcome: tuple[Behaviour, tuple[str, bool], tuple[str, int | None]],
) -> None:
    behaviour, error, row = outcome
    if behaviour in {Behaviour.HANG_AT_RECIPIENT, Behaviour.HANG_AFTER_DOT}:
        monkeypatch.setattr(smtp, "TIMEOUT", 1.0)
    onboarding_id = await post.inviting()
    post.server.script.append(behaviour)
    assert is_final(await failing(post, onboarding_id)) == error
    (written,) = await post.ledger(onboarding_id)
    assert (written.state, written.smtp_code) == row
    assert await post.timeline(onboarding_id) == []


async def test_a_dead_mail_server_is_tried_again_F15(post: Post) -> None:
    onboarding_id = await post.inviting()
    await post.server.stop()
    assert is_final(await failing(post, onboarding_id)) == ("mail_deferred", False)
    await post.server.__aenter__()
    assert (await post.invite(onboarding_id)).mailed == 1
    assert len(post.server.kept) == 1


async def test_an_error_names_no_address_and_repeats_no_server_SEC42(post: Post) -> None:
    post.server.script.append(Behaviour.REFUSE_RECIPIENT)
    error = await failing(post, await post.inviting())
    assert str(error) == "mail_refused: refused for good (550)"
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_a_mail_that_was_deferred_keeps_its_message_id_when_it_goes_F16(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.script.append(Behaviour.DEFER_CONTENT)
    await failing(post, onboarding_id)
    (before,) = await post.ledger(onboarding_id)
    await post.invite(onboarding_id)
    (after,) = await post.ledger(onboarding_id)
    assert post.server.kept[0]["Message-ID"] == before.message_id == after.message_id
    assert (after.state, after.tries, after.unknowns) == ("accepted", 2, 0)


async def test_copies_after_a_lost_answer_are_identical_byte_for_byte_F14_I3(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.script.append(Behaviour.CUT_AFTER_DOT)
    await failing(post, onboarding_id)
    (lost,) = await post.ledger(onboarding_id)
    assert (lost.state, lost.unknowns) == ("unknown", 1)
    await post.invite(onboarding_id)
    one, other = post.server.raw
    assert one == other
    assert secrets_in(post.server.kept[0]) == secrets_in(post.server.kept[1]) != ([], [])
    (found,) = await post.ledger(onboarding_id)
    assert (found.state, found.unknowns) == ("accepted", 1)


async def test_every_copy_has_the_date_of_its_first_intention_F14(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.script.append(Behaviour.DEFER_CONTENT)
    await failing(post, onboarding_id)
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    async with post.database.transaction() as tx:
        await tx.execute(update(MailRow).values(created_at=yesterday))
    await post.invite(onboarding_id)
    assert post.server.kept[0]["Date"].datetime == yesterday


async def test_after_four_copies_whose_answer_was_lost_somebody_is_asked_I3(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.otherwise = Behaviour.CUT_AFTER_DOT
    errors = [is_final(await failing(post, onboarding_id)) for _ in range(4)]
    assert errors == [("mail_unknown", False)] * 3 + [("mail_unknown", True)]
    assert len(post.server.raw) == 4
    assert len(set(post.server.raw)) == 1


@pytest.mark.parametrize("behaviour", [Behaviour.DEFER_RECIPIENT, Behaviour.CUT_AT_DATA, Behaviour.CUT_AFTER_DOT])
async def test_half_an_hour_of_tries_is_enough_L3(post: Post, behaviour: Behaviour) -> None:
    onboarding_id = await post.inviting()
    post.server.otherwise = behaviour
    just_before = timedelta(seconds=RETRY) - timedelta(milliseconds=1)
    assert not (await failing(post, onboarding_id, just_before)).non_retryable
    assert is_final(await failing(post, onboarding_id, timedelta(seconds=RETRY))) == ("mail_gave_up", True)


async def test_a_worker_that_was_away_has_not_tried_meanwhile_L3(post: Post) -> None:
    onboarding_id = await post.inviting()
    post.server.otherwise = Behaviour.DEFER_RECIPIENT
    step = SendInvitation(onboarding_id, 1, AT, EXPIRES_AT, RETRY)
    with pytest.raises(ApplicationError) as caught:
        await post.run(post.mail.send_invitation, step, timedelta(hours=8), attempt=2)
    assert is_final(caught.value) == ("mail_deferred", False)


async def test_reminders_and_expiry_count_from_the_acceptance_however_long_it_took_L4(post: Post) -> None:
    facts = await post.invite(await post.inviting(), tried_for=timedelta(days=4))
    assert (facts.invited_at, facts.expires_at) == (AT + timedelta(days=4), EXPIRES_AT + timedelta(days=4))


async def test_a_late_attempt_that_is_accepted_counts_L3(post: Post) -> None:
    facts = await post.invite(await post.inviting(), tried_for=timedelta(days=1))
    assert facts.mailed == 1


@pytest.mark.parametrize("change", STALE, ids=" and ".join)
async def test_an_invitation_that_is_no_longer_wanted_is_not_sent_F28_F26(
    post: Post, change: dict[str, object]
) -> None:
    onboarding_id = await post.inviting()
    await platform_world.set_facts(post.database, onboarding_id, **change)
    before = await post.facts(onboarding_id)
    assert await post.invite(onboarding_id) == before
    assert (post.server.conversations, await post.ledger(onboarding_id)) == (0, [])


async def test_a_person_who_registers_before_the_server_answers_stays_registered_F21(post: Post) -> None:
    onboarding_id = await post.inviting()

    async def registers() -> None:
        await platform_world.set_facts(post.database, onboarding_id, registered_at=datetime.now(UTC))

    post.mailer.meanwhile = registers
    facts: Facts = await post.invite(onboarding_id)
    assert stage_of(facts) is Stage.COMPLETED
    assert (facts.mailed, [row.state for row in await post.ledger(onboarding_id)]) == (0, ["accepted"])


async def test_a_title_that_became_unsafe_is_never_sent_and_that_is_final_SEC33(post: Post) -> None:
    onboarding_id = await post.inviting()
    async with post.database.transaction() as tx:
        await tx.execute(update(AccessRequest).values(program_title="x <evil@example.net>"))
    error = await failing(post, onboarding_id)
    assert is_final(error) == ("mail_unsafe", True)
    assert "evil" not in str(error)
    assert post.server.conversations == 0
    assert [row.state for row in await post.ledger(onboarding_id)] == ["cancelled"]


async def test_an_address_that_has_an_account_gets_no_password_F45(post: Post) -> None:
    onboarding_id = await post.inviting()
    async with post.database.transaction() as tx:
        await tx.execute(update(PlatformAccount).values(password_hash="$argon2id$…"))
    await post.invite(onboarding_id)
    tokens, passwords = secrets_in(post.server.kept[0])
    assert (len(tokens), passwords) == (1, [])


async def test_it_speaks_the_recipients_language(post: Post) -> None:
    onboarding_id = await post.inviting()
    async with post.database.transaction() as tx:
        await tx.execute(update(AccessRequest).values(language="en"))
    await post.invite(onboarding_id)
    (mail,) = post.server.kept
    assert mail["Content-Language"] == "en"
    assert "Hello Jane," in plain_text(mail)
    assert "/en/platform/invitation/" in plain_text(mail)


async def test_a_resend_is_another_mail_with_the_same_credential_D3(post: Post) -> None:
    onboarding_id = await post.inviting()
    await post.invite(onboarding_id)
    await platform_world.set_facts(post.database, onboarding_id, mailing=2)
    await post.invite(onboarding_id, mailing=2)
    first, second = post.server.kept
    assert first["Message-ID"] != second["Message-ID"]
    assert secrets_in(first) == secrets_in(second)


async def test_a_corrected_recipient_gets_another_credential_D3(post: Post) -> None:
    onboarding_id = await post.inviting()
    await post.invite(onboarding_id)
    corrected = await platform_world.corrected(post.database, onboarding_id, "right@example.com")
    await platform_world.set_facts(post.database, onboarding_id, mailed=1)
    await post.invite(onboarding_id, mailing=2)
    assert [mail["To"] for mail in post.server.kept] == [RECIPIENT, "right@example.com"]
    assert secrets_in(post.server.kept[1]) == ([corrected.token], [corrected.password])
    assert secrets_in(post.server.kept[0]) != secrets_in(post.server.kept[1])
    assert credentials.link_token(KEY, onboarding_id, 1) in plain_text(post.server.kept[0])
