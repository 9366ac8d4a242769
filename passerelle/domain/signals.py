"""What the facts' messages to a running onboarding are called (S44)."""

from enum import StrEnum


class Signal(StrEnum):
    """Every signal carries the facts as they were when it was written; the name says what changed."""

    STARTED = "started"
    TRAINING_REGISTERED = "training_registered"
    TRAINING_CANCELLED = "training_cancelled"
    ACCESS_REQUESTED = "access_requested"
    RECIPIENT_CORRECTED = "recipient_corrected"
    REGISTRATION_COMPLETED = "registration_completed"
    RESTORED = "restored"
    """Sent by the reconciler to a run that missed something."""
