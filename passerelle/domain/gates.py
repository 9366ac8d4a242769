"""What must be true before access may be requested (S2-S5)."""

from dataclasses import dataclass
from enum import StrEnum


class ReviewStatus(StrEnum):
    """Where a submitted organization or program stands with the operator (T2)."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    PAUSED = "paused"


class Gate(StrEnum):
    """A condition that a request must meet."""

    ORGANIZATION_APPROVED = "organization_approved"
    PROGRAM_APPROVED = "program_approved"
    TRAINING_REGISTERED = "training_registered"


@dataclass(frozen=True)
class GateState:
    """What the gates look at."""

    organization: ReviewStatus
    program: ReviewStatus
    training_registered: bool


def missing_gates(state: GateState) -> list[Gate]:
    """Every gate that is still closed, not only the first (S5), in the order a person would open them."""
    closed = {
        Gate.ORGANIZATION_APPROVED: state.organization is not ReviewStatus.APPROVED,
        Gate.PROGRAM_APPROVED: state.program is not ReviewStatus.APPROVED,
        Gate.TRAINING_REGISTERED: not state.training_registered,
    }
    return [gate for gate, is_closed in closed.items() if is_closed]
