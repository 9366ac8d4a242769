"""Every dataclass that enters or leaves a workflow or an activity: ids, numbers and times only (D3)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passerelle.domain.schedule import Durations
from passerelle.domain.stages import Cause, Facts


@dataclass(frozen=True)
class OnboardingInput:
    """What a run starts with. Any run can start from any facts: a lost one is simply started again."""

    onboarding_id: UUID
    facts: Facts
    durations: Durations


@dataclass(frozen=True)
class FactsChanged:
    """Every signal's payload: the facts as the database held them when it was written."""

    facts: Facts


@dataclass(frozen=True)
class OnboardingResult:
    """How an onboarding ended: `completed`, `withdrawn` or `lapsed`."""

    stage: str


@dataclass(frozen=True)
class CommandInput:
    """What the updates take; nothing is needed, so that the Temporal UI can send them as they are."""

    note: str = ""
    """Not read: actor and reason stand in the database under the update's id."""


@dataclass(frozen=True)
class CommandResult:
    """The true answer to a command: `applied`, or the code of the refusal, and the stage after it."""

    outcome: str
    stage: str


@dataclass(frozen=True)
class ApplyCommand:
    """Activity input: carry out the command that has this update id, at this time (UTC)."""

    onboarding_id: UUID
    update_id: str
    command: str
    at: datetime
    expiry: float
    """Seconds by which *retry*, *resend* and *extend* renew the invitation."""


@dataclass(frozen=True)
class CommandApplied:
    """Activity result: what the command did and the facts after it."""

    outcome: str
    facts: Facts


@dataclass(frozen=True)
class ProvisionAccount:
    """Activity input: the account and credential of this generation, alive until `expires_at`."""

    onboarding_id: UUID
    generation: int
    at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SendInvitation:
    """Activity input: invitation e-mail number `mailing`, whose acceptance moves the expiry."""

    onboarding_id: UUID
    mailing: int
    at: datetime
    expires_at: datetime
    retry: float
    """Seconds for which temporary failures are tried again."""


@dataclass(frozen=True)
class SendReminder:
    """Activity input: entry `number` (from 1) of the reminder schedule, after invitation `mailing`."""

    onboarding_id: UUID
    mailing: int
    number: int
    to_requester: bool
    at: datetime
    retry: float


@dataclass(frozen=True)
class SendNews:
    """Activity input: tell requester or recipient how things stand (L8, L9). `key` makes it one mail."""

    onboarding_id: UUID
    kind: str
    key: str
    retry: float


@dataclass(frozen=True)
class RecordAttention:
    """Activity input: retries cannot heal this (D4)."""

    onboarding_id: UUID
    cause: Cause
    at: datetime
    version: int | None = None
    """Of the facts that were acted on: the trouble of a recipient who was replaced meanwhile is nobody's any more."""


@dataclass(frozen=True)
class RecordStep:
    """Activity input for a change that needs nothing but the time: lapse."""

    onboarding_id: UUID
    at: datetime


@dataclass(frozen=True)
class AccountMail:
    """Input of the workflow and activity that send an unlock or new-password mail."""

    token_id: UUID
