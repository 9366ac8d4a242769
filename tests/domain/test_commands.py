"""Who may order what, and when (L5)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.stages import Cause, Facts

AT = datetime(2026, 3, 1, tzinfo=UTC)
REQUESTED = Facts(training_registered=True, requested=True, generation=1, mailing=1)
INVITED = replace(REQUESTED, provisioned=1, mailed=1, invited_at=AT, expires_at=AT)

WITHDRAW, CORRECT = Command.WITHDRAW, Command.CORRECT_RECIPIENT
RETRY, RESEND, EXTEND = Command.RETRY, Command.RESEND, Command.EXTEND

ALLOWED = [
    (Facts(), {WITHDRAW}),
    (Facts(training_registered=True), {WITHDRAW}),
    (replace(REQUESTED, training_registered=False), {WITHDRAW, CORRECT}),
    (REQUESTED, {WITHDRAW, CORRECT}),
    (replace(REQUESTED, provisioned=1), {WITHDRAW, CORRECT}),
    (INVITED, {WITHDRAW, CORRECT, RESEND, EXTEND}),
    (replace(REQUESTED, cause=Cause.PROVISIONING_FAILED), {WITHDRAW, CORRECT, RETRY}),
    (replace(REQUESTED, provisioned=1, cause=Cause.INVITATION_FAILED), {WITHDRAW, CORRECT, RETRY}),
    (replace(INVITED, cause=Cause.BOUNCED), {WITHDRAW, CORRECT, RETRY, RESEND}),
    (replace(INVITED, cause=Cause.EXPIRED), {WITHDRAW, CORRECT, RESEND, EXTEND}),
    (replace(INVITED, registered_at=AT), set()),
    (replace(INVITED, withdrawn_at=AT), set()),
    (replace(INVITED, cause=Cause.EXPIRED, lapsed_at=AT), set()),
]


@pytest.mark.parametrize(("facts", "allowed"), ALLOWED)
def test_each_stage_offers_its_commands_and_no_other_L5(facts: Facts, allowed: set[Command]) -> None:
    assert allowed_commands(facts) == allowed


def test_the_names_are_those_of_the_updates() -> None:
    assert [command.value for command in Command] == ["retry", "resend", "extend", "withdraw", "correct_recipient"]
