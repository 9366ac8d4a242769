"""Who may order what, and when (L5): the one list that API, pages and Temporal updates all ask."""

from enum import StrEnum

from passerelle.domain.stages import ENDS, Cause, Facts, Stage, stage_of


class Command(StrEnum):
    """What a person may order of a running onboarding."""

    RETRY = "retry"
    RESEND = "resend"
    EXTEND = "extend"
    WITHDRAW = "withdraw"
    CORRECT_RECIPIENT = "correct_recipient"


RETRYABLE = frozenset({Cause.PROVISIONING_FAILED, Cause.INVITATION_FAILED, Cause.BOUNCED})


def allowed_commands(facts: Facts) -> frozenset[Command]:
    """The commands that make sense now; anything else is refused with `not_allowed_now`."""
    stage = stage_of(facts)
    if stage in ENDS:
        return frozenset()
    allowed = {Command.WITHDRAW}
    if facts.requested:
        allowed.add(Command.CORRECT_RECIPIENT)
    if stage is Stage.AWAITING_REGISTRATION or facts.cause in {Cause.EXPIRED, Cause.BOUNCED}:
        allowed.add(Command.RESEND)
    if stage is Stage.AWAITING_REGISTRATION or facts.cause is Cause.EXPIRED:
        allowed.add(Command.EXTEND)
    if facts.cause in RETRYABLE:
        allowed.add(Command.RETRY)
    return frozenset(allowed)
