"""What happened to an onboarding, as its timeline tells it (L10). The sentences are in the catalogue."""

from dataclasses import dataclass, field
from enum import StrEnum


class Event(StrEnum):
    """One kind of timeline entry."""

    STARTED = "started"
    TRAINING_REGISTERED = "training_registered"
    TRAINING_CANCELLED = "training_cancelled"
    ACCESS_REQUESTED = "access_requested"
    ACCOUNT_PROVISIONED = "account_provisioned"
    ACCOUNT_DISABLED = "account_disabled"
    INVITATION_SENT = "invitation_sent"
    RECIPIENT_REMINDED = "recipient_reminded"
    REQUESTER_REMINDED = "requester_reminded"
    ATTENTION_NEEDED = "attention_needed"
    SIGNED_IN = "signed_in"
    REGISTRATION_COMPLETED = "registration_completed"
    RECIPIENT_CORRECTED = "recipient_corrected"
    RETRIED = "retried"
    RESENT = "resent"
    EXTENDED = "extended"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REQUESTER_TOLD = "requester_told"
    RECIPIENT_WELCOMED = "recipient_welcomed"


class ActorKind(StrEnum):
    """Who made it happen."""

    SYSTEM = "system"
    OPERATOR = "operator"
    REQUESTER = "requester"
    RECIPIENT = "recipient"
    INTEGRATOR = "integrator"
    TEMPORAL_UI = "temporal_ui"


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts. `name` is shown to staff as it is; empty for the system."""

    kind: ActorKind
    name: str = ""


SYSTEM = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True)
class Entry:
    """One timeline entry to write. `details` holds small values for its sentence, never an address."""

    event: Event
    actor: Actor = SYSTEM
    details: dict[str, str | int] = field(default_factory=dict)
    reason: str = ""
