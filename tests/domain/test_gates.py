"""What must be true before access may be requested (S2-S5)."""

from itertools import product

import pytest

from passerelle.domain.gates import Gate, GateState, ReviewStatus, missing_gates

APPROVED = ReviewStatus.APPROVED


def test_nothing_is_missing_when_both_are_approved_and_training_is_booked_S2_S3_S4() -> None:
    assert missing_gates(GateState(APPROVED, APPROVED, training_registered=True)) == []


@pytest.mark.parametrize("status", [status for status in ReviewStatus if status is not APPROVED])
def test_only_an_approval_opens_a_gate_S2_S3_T2(status: ReviewStatus) -> None:
    assert missing_gates(GateState(status, APPROVED, training_registered=True)) == [Gate.ORGANIZATION_APPROVED]
    assert missing_gates(GateState(APPROVED, status, training_registered=True)) == [Gate.PROGRAM_APPROVED]


def test_every_missing_gate_is_named_not_only_the_first_S5() -> None:
    for organization, program, training in product(ReviewStatus, ReviewStatus, (True, False)):
        expected = [
            *[Gate.ORGANIZATION_APPROVED] * (organization is not APPROVED),
            *[Gate.PROGRAM_APPROVED] * (program is not APPROVED),
            *[Gate.TRAINING_REGISTERED] * (not training),
        ]
        assert missing_gates(GateState(organization, program, training)) == expected
