"""The process on the real Temporal server, with the database, the relay and SMTP behind it (S44, L)."""

import asyncio
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select, update
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from passerelle.db import onboardings
from passerelle.db.tables import OutboxRow, PlatformAccount
from passerelle.delivery.reconciler import Reconciler
from passerelle.domain.commands import Command
from passerelle.domain.schedule import Durations
from passerelle.domain.stages import Cause, Stage
from passerelle.mail.smtp import Mailer, Refused
from passerelle.orchestration import Unavailable
from passerelle.platforms.embedded import EmbeddedPlatform
from tests.mail_server import Behaviour, text_of
from tests.workflows.world import RECIPIENT, TITLE, Walk, World, count, eventually


async def invited(world: World) -> Walk:
    """A walk up to the accepted invitation."""
    walk = await world.approved_program()
    await walk.register_training()
    await walk.request_access()
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    return walk


async def test_an_approved_program_becomes_a_registered_administrator_S44_L9(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        assert await walk.stage() is Stage.AWAITING_TRAINING
        await walk.register_training()
        assert await walk.stage() is Stage.AWAITING_REQUEST
        await walk.request_access()
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        await walk.complete_registration()
        assert (await walk.handle.result()).stage == "completed"
    assert [event for event in await walk.timeline() if "told" not in event and "welcomed" not in event] == [
        "training_registered",
        "access_requested",
        "account_provisioned",
        "invitation_sent",
        "registration_completed",
    ]
    assert sorted(mail.kind for mail in await walk.mails()) == [
        "completed",
        "invitation",
        "request_received",
        "welcome",
    ]


async def test_the_designated_person_gets_one_invitation_from_the_program_S31_S32(world: World) -> None:
    async with world.working():
        await invited(world)
        (invitation,) = world.mail.to(RECIPIENT)
    assert invitation["From"].addresses[0].display_name == TITLE
    assert invitation["From"].addresses[0].addr_spec == world.settings.mail_from


async def test_request_and_training_come_in_either_order_S44_D2(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        await walk.request_access()
        assert await walk.stage() is Stage.AWAITING_TRAINING
        await walk.register_training()
        await walk.reaches(Stage.AWAITING_REGISTRATION)


async def test_training_cancelled_before_the_request_closes_the_gate_again_L2(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.cancel_training()
        assert await walk.stage() is Stage.AWAITING_TRAINING
        await walk.request_access()
        await eventually(lambda: walk.handle.query("facts"), lambda facts: facts["requested"], "the request")
        assert await walk.stage() is Stage.AWAITING_TRAINING
        assert world.mail.to(RECIPIENT) == []
        await walk.register_training()
        await walk.reaches(Stage.AWAITING_REGISTRATION)


async def test_training_cancelled_behind_the_request_changes_nothing_L2(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        before = await walk.facts()
        assert await walk.cancel_training() == before


@pytest.mark.parametrize("order", list(permutations(["train", "request", "repeat"])))
async def test_every_order_of_the_first_facts_ends_in_one_invitation_F9(world: World, order: tuple[str, ...]) -> None:
    async with world.working():
        walk = await world.approved_program()
        for step in order:
            match step:
                case "train":
                    await walk.register_training()
                case "request":
                    await walk.request_access()
                case "repeat":
                    await walk.register_training()
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        assert len(world.mail.to(RECIPIENT)) == 1


async def test_reminders_leave_after_3_7_and_14_days_and_the_requester_is_told_once_L4(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.skip(3.1)
        await eventually(walk.facts, lambda facts: facts.reminded == 1, "one reminder")
        await walk.skip(4)
        await eventually(walk.facts, lambda facts: facts.reminded == 3, "three reminders")
        await walk.skip(7)
        await eventually(walk.facts, lambda facts: facts.reminded == 4, "four reminders")
    assert [mail.kind for mail in await walk.mails() if "remind" in mail.kind] == [
        "reminder",
        "reminder",
        "requester_reminder",
        "reminder",
    ]
    (told,) = [mail for mail in world.mail.to(walk.requester_address) if "connect" in mail["Subject"]]
    assert told["To"] == walk.requester_address


async def test_reminders_carry_the_same_link_and_credential_D3(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.skip(3.1)
        await eventually(walk.facts, lambda facts: facts.reminded == 1, "one reminder")
    invitation, reminder = (_secrets(text_of(mail)) for mail in world.mail.to(RECIPIENT))
    assert invitation == reminder


@pytest.mark.parametrize(
    ("step", "failure", "cause"),
    [
        ("passerelle.mail.smtp.Mailer.send", Refused(550), Cause.BOUNCED),
        ("activities.invitations.Letters.reminder", ApplicationError("", non_retryable=True), Cause.INVITATION_FAILED),
    ],
)
async def test_only_a_mailbox_that_refuses_a_reminder_is_said_to_refuse_it_D4(
    world: World, step: str, failure: Exception, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise failure

    async with world.working():
        walk = await invited(world)
        monkeypatch.setattr(step, fail)
        await walk.skip(3.1)
        assert (await walk.reaches(Stage.NEEDS_ATTENTION)).facts.cause is cause


async def test_nobody_is_reminded_after_the_registration_F28(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.complete_registration()
        await walk.handle.result()
    assert "reminder" not in [mail.kind for mail in await walk.mails()]


async def test_an_invitation_expires_after_30_days_and_lapses_60_days_later_L4(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.skip(30.1)
        row = await walk.reaches(Stage.NEEDS_ATTENTION)
        assert row.facts.cause is Cause.EXPIRED
        await walk.skip(60)
        assert (await walk.handle.result()).stage == "lapsed"
    assert await walk.stage() is Stage.LAPSED
    assert "attention_needed" in [mail.kind for mail in await walk.mails()]
    assert (await walk.timeline())[-1] in {"account_disabled", "requester_told"}


async def test_an_expired_invitation_is_extended_and_used_L5(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.skip(30.1)
        await walk.reaches(Stage.NEEDS_ATTENTION)
        assert (await walk.order("extend")).outcome == "applied"
        assert await walk.stage() is Stage.AWAITING_REGISTRATION
        await walk.complete_registration()
        assert (await walk.handle.result()).stage == "completed"


async def test_durations_are_those_fixed_at_the_start_L4(world: World) -> None:
    world.durations = Durations(reminders=(), requester_reminder=86_400.0, expiry=5 * 86_400.0)
    async with world.working():
        walk = await invited(world)
        await walk.skip(1.1)
        await eventually(walk.facts, lambda facts: facts.reminded == 1, "the reminder")
        await walk.skip(4)
        await walk.reaches(Stage.NEEDS_ATTENTION)
        assert [mail.kind for mail in await walk.mails() if "reminder" in mail.kind] == ["requester_reminder"]


async def test_a_refused_invitation_waits_for_an_operator_whose_retry_sends_it_S45_L3(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        world.mail.otherwise = Behaviour.REFUSE_RECIPIENT
        await walk.request_access()
        row = await walk.reaches(Stage.NEEDS_ATTENTION)
        assert row.facts.cause is Cause.INVITATION_FAILED
        world.mail.otherwise = Behaviour.ACCEPT
        assert (await walk.order("retry")).outcome == "applied"
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        assert len(world.mail.to(RECIPIENT)) == 1


async def test_a_mail_server_that_is_away_for_a_moment_is_tried_again_L3(world: World) -> None:
    world.mail.otherwise = Behaviour.DEFER_RECIPIENT
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
        await eventually(walk.mails, lambda mails: any(mail.state == "deferred" for mail in mails), "a deferral")
        world.mail.otherwise = Behaviour.ACCEPT
        await walk.reaches(Stage.AWAITING_REGISTRATION)


async def test_a_mail_server_that_stays_away_too_long_needs_attention_L3(world: World) -> None:
    world.durations = Durations(mail_retry=0)
    world.mail.otherwise = Behaviour.DEFER_RECIPIENT
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
        assert (await walk.reaches(Stage.NEEDS_ATTENTION)).facts.cause is Cause.INVITATION_FAILED


async def test_a_correction_makes_a_new_credential_and_kills_the_old_D3_F41(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.correct_recipient("right@example.com")
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        assert (await walk.facts()).generation == 2
    old, new = world.mail.to(RECIPIENT)[0], world.mail.to("right@example.com")[0]
    assert _secrets(text_of(old)) != _secrets(text_of(new))
    assert len(world.mail.to(RECIPIENT)) == 1


async def test_a_correction_while_the_mail_server_refuses_goes_to_the_new_address_only(world: World) -> None:
    world.mail.otherwise = Behaviour.REFUSE_RECIPIENT
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access("wrong@example.com")
        await walk.reaches(Stage.NEEDS_ATTENTION)
        world.mail.otherwise = Behaviour.ACCEPT
        await walk.correct_recipient("right@example.com")
        await walk.reaches(Stage.AWAITING_REGISTRATION)
    assert world.mail.to("wrong@example.com") == []
    assert len(world.mail.to("right@example.com")) == 1


async def test_a_refusal_of_the_old_address_does_not_stop_the_corrected_one_F41(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, send = await world.approved_program(), Mailer.send

    async def corrected_meanwhile(mailer: Mailer, sender: str, recipient: str, message: bytes) -> int:
        if recipient == "wrong@example.com":
            # In the database, while its signal is still on the way.
            await walk.write_correction("right@example.com")
            raise Refused(550)
        return await send(mailer, sender, recipient, message)

    monkeypatch.setattr(Mailer, "send", corrected_meanwhile)
    async with world.working():
        await walk.register_training()
        await walk.request_access("wrong@example.com")
        await walk.reaches(Stage.AWAITING_REGISTRATION)
    assert len(world.mail.to("right@example.com")) == 1
    assert "attention_needed" not in await walk.timeline()


async def test_a_resend_keeps_the_credential_and_renews_the_expiry_L5(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.skip(10)
        before = await eventually(walk.facts, lambda facts: facts.reminded == 3, "the reminders of ten days")
        assert (await walk.order("resend")).outcome == "applied"
        await walk.reaches(Stage.AWAITING_REGISTRATION)
        after = await walk.facts()
    assert after.generation == before.generation
    assert before.expires_at
    assert after.expires_at
    assert after.expires_at - before.expires_at > timedelta(days=9)
    secrets = {_secrets(text_of(mail)) for mail in world.mail.to(RECIPIENT)}
    assert len(secrets) == 1


STAGES_TO_WITHDRAW_FROM = [
    Stage.AWAITING_TRAINING,
    Stage.AWAITING_REQUEST,
    Stage.INVITING,
    Stage.AWAITING_REGISTRATION,
    Stage.NEEDS_ATTENTION,
]


@pytest.mark.parametrize("stage", STAGES_TO_WITHDRAW_FROM)
async def test_withdraw_ends_it_at_every_stage_L5_L9(world: World, stage: Stage) -> None:
    async with world.working():
        walk = await _standing_at(world, stage)
        result = await walk.order("withdraw")
        assert (result.outcome, result.stage) == ("applied", "withdrawn")
        assert (await walk.handle.result()).stage == "withdrawn"
    assert await walk.stage() is Stage.WITHDRAWN
    row = [entry for entry in await walk.entries() if entry.event == "withdrawn"]
    assert [entry.actor_kind for entry in row] == ["temporal_ui"]
    assert ("account_disabled" in await walk.timeline()) == ((await walk.facts()).provisioned > 0)


async def test_withdraw_while_the_platform_is_asked_ends_it_too_L5(world: World) -> None:
    # No worker yet: the request is provisioning when the command comes, both wait for the worker.
    walk = await world.approved_program()
    await walk.register_training()
    await walk.request_access()
    assert await walk.stage() is Stage.PROVISIONING
    order = asyncio.create_task(walk.order("withdraw"))
    async with world.working():
        assert (await order).stage in {"withdrawn", "completed"}
        assert (await walk.handle.result()).stage == "withdrawn"


async def test_an_account_whose_making_was_never_confirmed_is_disabled_too_L9_F10(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision = EmbeddedPlatform.provision

    async def answer_lost(platform: EmbeddedPlatform, onboarding_id: UUID, generation: int, at: datetime) -> None:
        await provision(platform, onboarding_id, generation, at)
        raise OSError

    monkeypatch.setattr(EmbeddedPlatform, "provision", answer_lost)
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
        await eventually(lambda: platform_account(world), bool, "the account")
        await walk.order("withdraw")
        await walk.handle.result()
    account = await platform_account(world)
    assert account
    assert account.disabled_at


async def platform_account(world: World) -> PlatformAccount | None:
    async with world.database.transaction() as tx:
        return await tx.scalar(select(PlatformAccount).where(PlatformAccount.email == RECIPIENT))


async def test_a_command_that_makes_no_sense_now_is_refused_and_leaves_no_trace_L5(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        await world.relay.drain()
        with pytest.raises(WorkflowUpdateFailedError):
            await walk.order("retry")
        assert await walk.timeline() == []


async def test_a_command_whose_run_is_lost_meanwhile_may_be_tried_again_L5(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        async with world.database.transaction() as tx:
            await onboardings.locked(tx, walk.id)
            order = asyncio.create_task(world.orchestration.command(walk.id, Command.RESEND, "one"))
            await eventually(
                walk.events, lambda events: bool(count(events, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED))
            )
            await walk.handle.terminate("lost, for the test")
            with pytest.raises(Unavailable):
                await order


async def test_the_same_command_twice_has_one_effect_L5(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        first, second = await asyncio.gather(walk.order("resend", "one"), walk.order("resend", "one"))
        assert first == second
        await walk.reaches(Stage.AWAITING_REGISTRATION)
    assert (await walk.timeline()).count("resent") == 1


async def test_duplicate_and_late_signals_change_nothing_F4_F6(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.complete_registration()
        await walk.handle.result()
        before = len(await walk.mails())
        run = (await walk.handle.describe()).run_id
        await _deliver_everything_again(world)
        assert (await walk.handle.describe()).run_id == run
    assert len(await walk.mails()) == before


async def test_every_fact_delivered_five_times_has_one_effect_F4(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        for _ in range(5):
            await _deliver_everything_again(world)
        await walk.complete_registration()
        await walk.handle.result()
    assert (await walk.timeline()).count("invitation_sent") == 1
    assert len([mail for mail in world.mail.to(RECIPIENT) if "Bienvenue" not in mail["Subject"]]) == 1


async def test_a_worker_that_stops_in_the_middle_is_followed_by_another_F32(world: World) -> None:
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
    await walk.request_access()
    async with world.working():
        await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.complete_registration()
    async with world.working():
        assert (await walk.handle.result()).stage == "completed"


async def test_a_person_may_be_faster_than_our_bookkeeping_F21(world: World) -> None:
    world.mail.script.extend([Behaviour.HANG_AFTER_DOT] * 2)
    async with world.working():
        walk = await world.approved_program()
        await walk.register_training()
        await walk.request_access()
        await walk.reaches(Stage.INVITING)
        await walk.complete_registration()
        assert (await walk.handle.result()).stage == "completed"


async def test_a_lost_run_is_started_again_from_the_facts_F48(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.handle.terminate("lost, for the test")
        assert await _reconciled(world) == {"restored": 1}
        await world.relay.drain()
        await walk.complete_registration()
        assert (await walk.handle.result()).stage == "completed"
    assert (await walk.timeline()).count("invitation_sent") == 1


async def test_a_registration_while_the_run_was_lost_is_told_all_the_same_F6_F22_L9(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.handle.terminate("lost, for the test")
        await walk.complete_registration()
        await eventually(
            walk.mails, lambda mails: {"welcome", "completed"} <= {mail.kind for mail in mails}, "welcome and news"
        )
        assert (await walk.handle.result()).stage == "completed"


async def test_stages_are_search_attributes_and_details_are_readable_O4(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        # The row is there a moment before the run has read it back.
        await eventually(
            lambda: world.orchestration.inspect(walk.id),
            lambda found: found is not None and found.stage == "awaiting_registration",
            "the stage as a search attribute",
        )
        details = (
            await walk.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        ).current_details
    assert "awaiting_registration" in details
    assert "`resend`" in details


async def test_history_holds_no_name_address_or_secret_SEC42(world: World) -> None:
    async with world.working():
        walk = await invited(world)
        await walk.complete_registration()
        await walk.handle.result()
        history = (await walk.handle.fetch_history()).to_json()
    link, password = _secrets(text_of(world.mail.to(RECIPIENT)[0]))
    for secret in (RECIPIENT, walk.requester_address, "Jane", TITLE, link, password):
        assert secret not in history


def _secrets(text: str) -> tuple[str, str]:
    """Link and one-time password as the e-mail prints them."""
    link = next(line for line in text.splitlines() if line.startswith("http"))
    password = next(line for line in text.splitlines() if "usage unique" in line and "-" in line)
    return link, password.split()[-1]


async def _standing_at(world: World, stage: Stage) -> Walk:
    walk = await world.approved_program()
    if stage is Stage.AWAITING_TRAINING:
        await world.relay.drain()
        return walk
    await walk.register_training()
    if stage is Stage.AWAITING_REQUEST:
        return walk
    refuses = {Stage.INVITING: Behaviour.DEFER_RECIPIENT, Stage.NEEDS_ATTENTION: Behaviour.REFUSE_RECIPIENT}
    world.mail.otherwise = refuses.get(stage, Behaviour.ACCEPT)
    await walk.request_access()
    await walk.reaches(stage)
    world.mail.otherwise = Behaviour.ACCEPT
    return walk


async def _deliver_everything_again(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(update(OutboxRow).values(delivered_at=None, due_at=OutboxRow.created_at))
    await world.relay.drain()


async def _reconciled(world: World) -> dict[str, int]:
    return dict(await Reconciler(world.database, world.orchestration, settled=timedelta(0)).reconcile())


async def test_an_unforeseen_error_tells_history_its_type_and_nothing_else_SEC42(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise LookupError(f"no mailbox for {RECIPIENT}")

    with monkeypatch.context() as patched:
        patched.setattr("passerelle.platforms.embedded.EmbeddedPlatform.provision", fail)
        async with world.working():
            walk = await world.approved_program()
            await walk.register_training()
            await walk.request_access()
            pending = await eventually(
                walk.handle.describe,
                lambda found: any(item.last_failure.message for item in found.raw_description.pending_activities),
                "a failed try",
            )
            failures = [item.last_failure.message for item in pending.raw_description.pending_activities]
            assert "LookupError" in failures
            assert RECIPIENT not in str(pending.raw_description)
            await walk.order("withdraw")
            await walk.handle.result()
        assert RECIPIENT not in (await walk.handle.fetch_history()).to_json()
