"""How facts follow from facts, example by example."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passerelle.domain import transitions
from passerelle.domain.errors import Refused
from passerelle.domain.stages import Cause, Facts, Stage, stage_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
REQUESTED = Facts(training_registered=True, requested=True, generation=1, mailing=1)
INVITED = replace(REQUESTED, provisioned=1, mailed=1, invited_at=AT, expires_at=AT + MONTH, reminded=2)
COMPLETED = replace(INVITED, registered_at=AT)


def attention(facts: Facts, cause: Cause) -> Facts:
    return replace(facts, cause=cause, attention_at=AT)


def test_a_training_registration_opens_the_gate_S4() -> None:
    assert stage_of(transitions.register_training(Facts())) is Stage.AWAITING_REQUEST


def test_a_cancelled_training_closes_the_gate_before_the_request_and_not_after_L2() -> None:
    assert transitions.cancel_training(Facts(training_registered=True)) == Facts()
    assert transitions.cancel_training(REQUESTED) == REQUESTED


def test_a_request_starts_the_first_generation_and_mailing_D3() -> None:
    assert transitions.request_access(Facts(training_registered=True)) == REQUESTED


def test_a_request_may_come_before_the_training_D2() -> None:
    early = transitions.request_access(Facts())
    assert stage_of(early) is Stage.AWAITING_TRAINING
    assert stage_of(transitions.register_training(early)) is Stage.PROVISIONING


def test_a_second_request_is_refused_S25() -> None:
    with pytest.raises(Refused, match="already_requested"):
        transitions.request_access(REQUESTED)


def test_a_request_after_the_end_is_refused() -> None:
    with pytest.raises(Refused, match="ended"):
        transitions.request_access(Facts(withdrawn_at=AT))


def test_a_correction_starts_a_new_generation_from_scratch_D3() -> None:
    corrected = transitions.correct_recipient(attention(INVITED, Cause.BOUNCED))
    assert (corrected.generation, corrected.mailing) == (2, 2)
    assert (corrected.expires_at, corrected.invited_at, corrected.reminded) == (None, None, 0)
    assert (corrected.cause, corrected.attention_at) == (None, None)
    assert stage_of(corrected) is Stage.PROVISIONING


def test_an_account_of_the_current_generation_leads_to_the_invitation() -> None:
    provisioned = transitions.account_provisioned(REQUESTED, 1, AT + MONTH)
    assert stage_of(provisioned) is Stage.INVITING
    assert provisioned.expires_at == AT + MONTH


@pytest.mark.parametrize("generation", [0, 2])
def test_an_account_of_another_generation_changes_nothing_F41(generation: int) -> None:
    assert transitions.account_provisioned(REQUESTED, generation, AT) == REQUESTED


def test_an_account_told_twice_counts_once_F10() -> None:
    provisioned = transitions.account_provisioned(REQUESTED, 1, AT + MONTH)
    assert transitions.account_provisioned(provisioned, 1, AT + 2 * MONTH) == provisioned


def test_an_accepted_invitation_starts_reminders_and_expiry_L4() -> None:
    again = replace(INVITED, mailing=2)
    accepted = transitions.invitation_accepted(again, 2, AT + MONTH, AT + 2 * MONTH)
    assert (accepted.invited_at, accepted.expires_at) == (AT + MONTH, AT + 2 * MONTH)
    assert (accepted.mailed, accepted.reminded) == (2, 0)


def test_a_late_acceptance_of_a_replaced_invitation_changes_nothing() -> None:
    replaced = replace(INVITED, mailing=3, mailed=1)
    assert transitions.invitation_accepted(replaced, 2, AT, AT + MONTH) == replaced


def test_an_acceptance_told_twice_counts_once_F10() -> None:
    assert transitions.invitation_accepted(INVITED, 1, AT + MONTH, AT + 2 * MONTH) == INVITED


def test_reminders_only_count_up() -> None:
    assert transitions.reminded(INVITED, 3).reminded == 3
    assert transitions.reminded(INVITED, 1) == INVITED


def test_the_first_cause_stands_until_somebody_acts_D4() -> None:
    bounced = attention(INVITED, Cause.BOUNCED)
    assert transitions.needs_attention(INVITED, Cause.BOUNCED, AT) == bounced
    assert transitions.needs_attention(bounced, Cause.EXPIRED, AT + MONTH) == bounced


def test_a_retry_returns_to_the_failed_step_L5() -> None:
    provisioning = transitions.retry(attention(REQUESTED, Cause.PROVISIONING_FAILED), AT + MONTH)
    inviting = transitions.retry(attention(replace(REQUESTED, provisioned=1), Cause.INVITATION_FAILED), AT + MONTH)
    assert (provisioning, stage_of(provisioning)) == (REQUESTED, Stage.PROVISIONING)
    assert (inviting.mailing, stage_of(inviting)) == (1, Stage.INVITING)


def test_a_retry_after_a_bounce_sends_the_invitation_once_more_L5_L6() -> None:
    again = transitions.retry(attention(INVITED, Cause.BOUNCED), AT + MONTH)
    assert (again.mailing, stage_of(again)) == (2, Stage.INVITING)


@pytest.mark.parametrize("cause", [Cause.BOUNCED, Cause.INVITATION_FAILED])
def test_a_retried_invitation_is_alive_when_it_arrives_however_late_the_retry_D3_F21(cause: Cause) -> None:
    again = transitions.retry(attention(replace(INVITED, mailing=2), cause), AT + 3 * MONTH)
    assert (stage_of(again), again.expires_at) == (Stage.INVITING, AT + 3 * MONTH)


def test_a_resend_keeps_the_generation_and_renews_the_expiry_L5_D3() -> None:
    again = transitions.resend(attention(INVITED, Cause.EXPIRED), AT + 2 * MONTH)
    assert (again.generation, again.mailing, again.expires_at) == (1, 2, AT + 2 * MONTH)
    assert stage_of(again) is Stage.INVITING


def test_an_extension_counts_from_the_old_end_while_that_is_ahead_L5() -> None:
    assert transitions.extend(INVITED, AT, MONTH).expires_at == AT + 2 * MONTH


def test_an_extension_of_an_expired_invitation_counts_from_now_L5() -> None:
    late = AT + 3 * MONTH
    extended = transitions.extend(attention(INVITED, Cause.EXPIRED), late, MONTH)
    assert extended.expires_at == late + MONTH
    assert stage_of(extended) is Stage.AWAITING_REGISTRATION
    assert extended.mailing == INVITED.mailing


def test_a_registration_completes_even_before_our_bookkeeping_F21() -> None:
    assert stage_of(transitions.complete_registration(REQUESTED, AT)) is Stage.COMPLETED
    expired = transitions.complete_registration(attention(INVITED, Cause.EXPIRED), AT)
    assert (stage_of(expired), expired.cause) == (Stage.COMPLETED, None)


@pytest.mark.parametrize(("facts", "code"), [(COMPLETED, "ended"), (Facts(), "not_requested")])
def test_a_registration_needs_a_live_request(facts: Facts, code: str) -> None:
    with pytest.raises(Refused, match=code):
        transitions.complete_registration(facts, AT)


def test_only_an_expired_onboarding_lapses_L4() -> None:
    assert stage_of(transitions.lapse(attention(INVITED, Cause.EXPIRED), AT)) is Stage.LAPSED
    assert transitions.lapse(attention(INVITED, Cause.BOUNCED), AT).lapsed_at is None
    assert transitions.lapse(INVITED, AT) == INVITED


def test_a_withdrawal_ends_it_and_a_second_one_is_refused_L5() -> None:
    ended = transitions.withdraw(INVITED, AT)
    assert stage_of(ended) is Stage.WITHDRAWN
    with pytest.raises(Refused, match="not_allowed_now"):
        transitions.withdraw(ended, AT)
