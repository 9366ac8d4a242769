"""What an invitation's link and provided password are worth at a given moment (D3, F26, F27, F41)."""

from datetime import datetime
from enum import StrEnum

from passerelle.domain.stages import Facts, Stage, stage_of


class InvitationState(StrEnum):
    """Why the credential works, or why it does not."""

    LIVE = "live"
    USED = "used"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def invitation_state(
    generation: int, facts: Facts, *, is_revoked: bool, is_used: bool, now: datetime
) -> InvitationState:
    """The state of the invitation of that generation. `now` is the database's time (F27)."""
    stage = stage_of(facts)
    if is_used:
        return InvitationState.USED
    if stage is Stage.WITHDRAWN:
        return InvitationState.WITHDRAWN
    if generation != facts.generation or is_revoked or stage is Stage.COMPLETED:
        return InvitationState.REPLACED
    if stage is Stage.LAPSED or (facts.expires_at and facts.expires_at <= now):
        return InvitationState.EXPIRED
    return InvitationState.LIVE
