"""The one vocabulary of an onboarding and the facts that decide its stage (requirements L, D4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """Where an onboarding stands; the same words in database, API, pages and Temporal."""

    AWAITING_TRAINING = "awaiting_training"
    AWAITING_REQUEST = "awaiting_request"
    PROVISIONING = "provisioning"
    INVITING = "inviting"
    AWAITING_REGISTRATION = "awaiting_registration"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


ENDS = frozenset({Stage.COMPLETED, Stage.WITHDRAWN, Stage.LAPSED})
"""Stages that nothing leaves."""


class Cause(StrEnum):
    """Why an onboarding needs somebody's attention (D4)."""

    PROVISIONING_FAILED = "provisioning_failed"
    INVITATION_FAILED = "invitation_failed"
    BOUNCED = "bounced"
    EXPIRED = "expired"


MENDABLE_BY_REQUESTER = frozenset({Cause.INVITATION_FAILED, Cause.BOUNCED, Cause.EXPIRED})
"""L8: the requester is told of these, having the right address; a failing platform is the operator's to mend."""


@dataclass(frozen=True)
class Facts:
    """What is known of one onboarding: no names, no addresses, so it may stand in Temporal's history.

    The database owns it; `version` grows with every change, so that whoever holds two copies keeps the
    newer one. Times are aware UTC datetimes, None while the thing has not happened.
    """

    version: int = 0
    training_registered: bool = False
    """S4: the organization has a seat in a training session (the gate, not the attendance)."""
    requested: bool = False
    generation: int = 0
    """Which recipient and credential are current (D3): 1 at the request, one more per correction."""
    provisioned: int = 0
    """The last generation whose account and credential exist on the platform."""
    mailing: int = 0
    """Which invitation e-mail is wanted, counted over all generations: one more per resend or correction."""
    mailed: int = 0
    """The last invitation e-mail that a mail server accepted."""
    expires_at: datetime | None = None
    invited_at: datetime | None = None
    """When `mailed` was accepted: reminders and expiry count from here."""
    reminded: int = 0
    """How many entries of the reminder schedule are done since `invited_at`."""
    cause: Cause | None = None
    attention_at: datetime | None = None
    registered_at: datetime | None = None
    withdrawn_at: datetime | None = None
    lapsed_at: datetime | None = None


def stage_of(facts: Facts) -> Stage:
    """The stage that these facts make: the only place where a stage is decided."""
    return _end_of(facts) or _open_stage_of(facts)


def _end_of(facts: Facts) -> Stage | None:
    if facts.registered_at:
        return Stage.COMPLETED
    if facts.withdrawn_at:
        return Stage.WITHDRAWN
    return Stage.LAPSED if facts.lapsed_at else None


def _open_stage_of(facts: Facts) -> Stage:
    if facts.cause:
        return Stage.NEEDS_ATTENTION
    if not facts.training_registered:
        return Stage.AWAITING_TRAINING
    if not facts.requested:
        return Stage.AWAITING_REQUEST
    if facts.provisioned < facts.generation:
        return Stage.PROVISIONING
    return Stage.INVITING if facts.mailed < facts.mailing else Stage.AWAITING_REGISTRATION
