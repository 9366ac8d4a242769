"""When reminders, expiry and lapse are due (L4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passerelle.domain.schedule import Durations, Step, StepKind, next_step, reminders
from passerelle.domain.stages import Cause, Facts

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INVITED = Facts(
    training_registered=True, requested=True, generation=1, provisioned=1, mailing=1, mailed=1,
    invited_at=AT, expires_at=AT + 30 * DAY,
)  # fmt: skip
EXPIRED = replace(INVITED, cause=Cause.EXPIRED, attention_at=AT + 30 * DAY)


def test_reminders_leave_on_days_3_7_and_14_and_the_requester_hears_once_on_day_7_L4() -> None:
    assert [(delay / 86_400, kind) for delay, kind in reminders(Durations())] == [
        (3, StepKind.REMIND_RECIPIENT),
        (7, StepKind.REMIND_RECIPIENT),
        (7, StepKind.REMIND_REQUESTER),
        (14, StepKind.REMIND_RECIPIENT),
    ]


@pytest.mark.parametrize(("reminded", "day"), [(0, 3), (1, 7), (2, 7), (3, 14)])
def test_the_next_reminder_counts_from_the_invitation_L4(reminded: int, day: int) -> None:
    step = next_step(replace(INVITED, reminded=reminded), Durations())
    assert step is not None
    assert step.at == AT + day * DAY


def test_after_the_last_reminder_comes_the_expiry_L4() -> None:
    step = next_step(replace(INVITED, reminded=4), Durations())
    assert step == Step(StepKind.EXPIRE, AT + 30 * DAY)


@pytest.mark.parametrize(("days", "kind"), [(6, StepKind.EXPIRE), (7, StepKind.EXPIRE), (8, StepKind.REMIND_RECIPIENT)])
def test_a_reminder_that_would_come_after_the_expiry_is_left_out_L4(days: int, kind: StepKind) -> None:
    step = next_step(replace(INVITED, reminded=1, expires_at=AT + days * DAY), Durations())
    assert step is not None
    assert step.kind is kind


def test_an_expired_invitation_lapses_after_60_more_days_L4() -> None:
    assert next_step(EXPIRED, Durations()) == Step(StepKind.LAPSE, AT + 90 * DAY)


@pytest.mark.parametrize("cause", [Cause.BOUNCED, Cause.INVITATION_FAILED, Cause.PROVISIONING_FAILED])
def test_other_causes_wait_for_somebody_L6(cause: Cause) -> None:
    assert next_step(replace(EXPIRED, cause=cause), Durations()) is None


@pytest.mark.parametrize(
    "facts",
    [
        Facts(),
        Facts(training_registered=True),
        replace(INVITED, provisioned=0),
        replace(INVITED, mailed=0),
        replace(INVITED, registered_at=AT),
        replace(INVITED, withdrawn_at=AT),
        replace(EXPIRED, lapsed_at=AT),
    ],
)
def test_nothing_happens_by_itself_while_something_else_is_awaited(facts: Facts) -> None:
    assert next_step(facts, Durations()) is None


def test_every_duration_is_the_onboardings_own_L4() -> None:
    durations = Durations(reminders=(60.0,), requester_reminder=30.0, lapse=10.0)
    assert next_step(INVITED, durations) == Step(StepKind.REMIND_REQUESTER, AT + timedelta(seconds=30))
    assert next_step(EXPIRED, durations) == Step(StepKind.LAPSE, AT + 30 * DAY + timedelta(seconds=10))
