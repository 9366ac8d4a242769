"""When reminders, expiry and lapse are due (L4). Pure: the caller says what time it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from passerelle.domain.stages import Cause, Facts, Stage, stage_of


@dataclass(frozen=True)
class Durations:
    """The waits of one onboarding in seconds, fixed when it starts (L4)."""

    reminders: tuple[float, ...] = (3 * 86_400.0, 7 * 86_400.0, 14 * 86_400.0)
    requester_reminder: float = 7 * 86_400.0
    expiry: float = 30 * 86_400.0
    lapse: float = 60 * 86_400.0
    mail_retry: float = 1_800.0
    """How long a mail server that is down or answers 4xx is tried again before somebody is asked."""


class StepKind(StrEnum):
    """What happens next by itself."""

    REMIND_RECIPIENT = "remind_recipient"
    REMIND_REQUESTER = "remind_requester"
    EXPIRE = "expire"
    LAPSE = "lapse"


@dataclass(frozen=True)
class Step:
    """The next automatic step: what, and when (aware UTC)."""

    kind: StepKind
    at: datetime


def next_step(facts: Facts, durations: Durations) -> Step | None:
    """What time alone will do next to this onboarding; None where it waits for somebody."""
    match stage_of(facts):
        case Stage.AWAITING_REGISTRATION:
            return _reminder(facts, durations) or _expiry(facts)
        case Stage.NEEDS_ATTENTION if facts.cause is Cause.EXPIRED and facts.attention_at:
            return Step(StepKind.LAPSE, facts.attention_at + timedelta(seconds=durations.lapse))
        case _:
            return None


def reminders(durations: Durations) -> list[tuple[float, StepKind]]:
    """Every reminder as (seconds after the invitation, whom), in the order they are due."""
    recipient = [(delay, StepKind.REMIND_RECIPIENT) for delay in durations.reminders]
    return sorted([*recipient, (durations.requester_reminder, StepKind.REMIND_REQUESTER)])


def is_overtaken(facts: Facts, durations: Durations, number: int, at: datetime) -> bool:
    """Whether entry `number` (from 1) comes too late: its invitation is dead, or the next to the same person is due."""
    if facts.expires_at and facts.expires_at <= at:
        return True
    due, invited_at = reminders(durations), facts.invited_at or at
    _, kind = due[number - 1]
    return any(whom is kind and invited_at + timedelta(seconds=delay) <= at for delay, whom in due[number:])


def _reminder(facts: Facts, durations: Durations) -> Step | None:
    due = reminders(durations)
    if facts.invited_at is None or facts.reminded >= len(due):
        return None
    delay, kind = due[facts.reminded]
    at = facts.invited_at + timedelta(seconds=delay)
    # An extended or shortened expiry decides: nobody is reminded of an invitation that is already dead.
    return Step(kind, at) if facts.expires_at is None or at < facts.expires_at else None


def _expiry(facts: Facts) -> Step | None:
    return Step(StepKind.EXPIRE, facts.expires_at) if facts.expires_at else None
