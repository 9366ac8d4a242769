"""Which stage the facts make (L, D4)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passerelle.domain.stages import ENDS, MENDABLE_BY_REQUESTER, Cause, Facts, Stage, stage_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
REQUESTED = Facts(training_registered=True, requested=True, generation=1, mailing=1)
PROVISIONED = replace(REQUESTED, provisioned=1)
INVITED = replace(PROVISIONED, mailed=1, invited_at=AT)

STAGES = [
    (Facts(), Stage.AWAITING_TRAINING),
    (Facts(training_registered=True), Stage.AWAITING_REQUEST),
    (replace(REQUESTED, training_registered=False), Stage.AWAITING_TRAINING),
    (REQUESTED, Stage.PROVISIONING),
    (PROVISIONED, Stage.INVITING),
    (INVITED, Stage.AWAITING_REGISTRATION),
    (replace(INVITED, generation=2, mailing=2), Stage.PROVISIONING),
    (replace(INVITED, mailing=2), Stage.INVITING),
    (replace(REQUESTED, cause=Cause.PROVISIONING_FAILED, attention_at=AT), Stage.NEEDS_ATTENTION),
    (replace(INVITED, cause=Cause.EXPIRED, attention_at=AT), Stage.NEEDS_ATTENTION),
    (replace(INVITED, registered_at=AT), Stage.COMPLETED),
    (replace(INVITED, withdrawn_at=AT), Stage.WITHDRAWN),
    (replace(INVITED, cause=Cause.EXPIRED, attention_at=AT, lapsed_at=AT), Stage.LAPSED),
    (Facts(withdrawn_at=AT), Stage.WITHDRAWN),
]


@pytest.mark.parametrize(("facts", "stage"), STAGES)
def test_the_facts_make_the_stage_L(facts: Facts, stage: Stage) -> None:
    assert stage_of(facts) is stage


def test_every_stage_is_in_the_table_above() -> None:
    assert {stage for _, stage in STAGES} == set(Stage)


def test_the_vocabulary_is_the_one_of_the_requirements_L() -> None:
    assert [stage.value for stage in Stage] == [
        "awaiting_training",
        "awaiting_request",
        "provisioning",
        "inviting",
        "awaiting_registration",
        "needs_attention",
        "completed",
        "withdrawn",
        "lapsed",
    ]
    assert {cause.value for cause in Cause} == {"provisioning_failed", "invitation_failed", "bounced", "expired"}


def test_three_stages_are_ends() -> None:
    assert {Stage.COMPLETED, Stage.WITHDRAWN, Stage.LAPSED} == ENDS


def test_a_requester_is_asked_for_help_with_everything_but_the_platform_L8() -> None:
    assert set(Cause) - MENDABLE_BY_REQUESTER == {Cause.PROVISIONING_FAILED}
