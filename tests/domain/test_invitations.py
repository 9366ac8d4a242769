"""What a credential is worth: every reason why it may be dead, and which of them is told."""

from datetime import UTC, datetime, timedelta

import pytest

from passerelle.domain.invitations import InvitationState, invitation_state
from passerelle.domain.stages import Cause, Facts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SENT = Facts(training_registered=True, requested=True, generation=2, provisioned=2, expires_at=NOW + timedelta(days=1))


def state(facts: Facts, generation: int = 2, *, revoked: bool = False, used: bool = False) -> InvitationState:
    return invitation_state(generation, facts, is_revoked=revoked, is_used=used, now=NOW)


def changed(**values: object) -> Facts:
    return Facts(**{**SENT.__dict__, **values})


def test_the_current_generation_is_live_before_its_end_D3() -> None:
    assert state(SENT) is InvitationState.LIVE


@pytest.mark.parametrize("cause", [Cause.BOUNCED, Cause.INVITATION_FAILED, Cause.PROVISIONING_FAILED])
def test_a_trouble_of_ours_does_not_kill_the_credential_F21(cause: Cause) -> None:
    assert state(changed(cause=cause)) is InvitationState.LIVE


def test_it_ends_at_the_very_moment_F27() -> None:
    assert state(changed(expires_at=NOW)) is InvitationState.EXPIRED
    assert state(changed(expires_at=NOW + timedelta(microseconds=1))) is InvitationState.LIVE
    assert state(changed(cause=Cause.EXPIRED, lapsed_at=NOW)) is InvitationState.EXPIRED


def test_an_older_or_revoked_one_is_replaced_F41() -> None:
    assert state(SENT, generation=1) is InvitationState.REPLACED
    assert state(SENT, revoked=True) is InvitationState.REPLACED
    assert state(changed(registered_at=NOW), generation=1) is InvitationState.REPLACED


def test_a_withdrawal_is_told_whatever_else_is_true_F42() -> None:
    assert state(changed(withdrawn_at=NOW, expires_at=NOW), generation=1, revoked=True) is InvitationState.WITHDRAWN


def test_a_used_one_says_so_for_good_S41() -> None:
    assert state(changed(registered_at=NOW, expires_at=NOW), used=True) is InvitationState.USED
