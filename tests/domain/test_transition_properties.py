"""Whatever happens to an onboarding, in whatever order: what must stay true (I5, L, D3)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from passerelle.domain import transitions
from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.errors import Refused
from passerelle.domain.schedule import Durations, StepKind, next_step
from passerelle.domain.stages import ENDS, Cause, Facts, Stage, stage_of
from tests.domain.histories import EXPIRY, START, Happening, at, end_of, histories, played, repeatables

thorough = settings(max_examples=300, deadline=None)
searching = settings(max_examples=2_000, deadline=None, database=None, phases=[Phase.generate])

COUNTERS = ("version", "generation", "provisioned", "mailing", "mailed")
REFUSALS = {"ended", "already_requested", "not_requested", "not_allowed_now"}
ENDINGS = ("registered_at", "withdrawn_at", "lapsed_at")
ORDERED: dict[Command, Callable[[Facts], Facts]] = {
    Command.RETRY: lambda facts: transitions.retry(facts, START + EXPIRY),
    Command.RESEND: lambda facts: transitions.resend(facts, START + EXPIRY),
    Command.EXTEND: lambda facts: transitions.extend(facts, START, EXPIRY),
    Command.WITHDRAW: lambda facts: transitions.withdraw(facts, START),
    Command.CORRECT_RECIPIENT: transitions.correct_recipient,
}

times = st.none() | st.integers(0, 120).map(at)
counts = st.integers(0, 5)
any_facts = st.builds(
    Facts,
    version=counts,
    training_registered=st.booleans(),
    requested=st.booleans(),
    generation=counts,
    provisioned=counts,
    mailing=counts,
    mailed=counts,
    expires_at=times,
    invited_at=times,
    reminded=counts,
    cause=st.none() | st.sampled_from(Cause),
    attention_at=times,
    registered_at=times,
    withdrawn_at=times,
    lapsed_at=times,
)


@pytest.mark.parametrize("stage", Stage)
def test_the_histories_below_reach_every_stage(stage: Stage) -> None:
    find(histories, lambda history: stage_of(end_of(history)) is stage, settings=searching)


@pytest.mark.parametrize("refusal", sorted(REFUSALS))
def test_the_histories_below_meet_every_refusal(refusal: str) -> None:
    find(histories, lambda history: refusal in {moment.refusal for moment in played(history)}, settings=searching)


@thorough
@given(histories)
def test_no_order_of_events_raises_anything_but_a_refusal_with_a_known_code(history: list[Happening]) -> None:
    assert {moment.refusal for moment in played(history)} <= REFUSALS | {None}


@thorough
@given(histories)
def test_versions_generations_and_mailings_never_decrease_D3(history: list[Happening]) -> None:
    for moment in played(history):
        for counter in COUNTERS:
            assert getattr(moment.before, counter) <= getattr(moment.after, counter), counter


@thorough
@given(histories)
def test_nothing_is_done_that_was_not_wanted(history: list[Happening]) -> None:
    facts = end_of(history)
    assert facts.provisioned <= facts.generation
    assert facts.mailed <= facts.mailing


@thorough
@given(histories)
def test_an_end_is_final_and_only_the_first_end_counts_F26(history: list[Happening]) -> None:
    for moment in played(history):
        if stage_of(moment.before) in ENDS:
            assert moment.after == moment.before
        assert sum(getattr(moment.after, end) is not None for end in ENDINGS) == (stage_of(moment.after) in ENDS)


@thorough
@given(histories)
def test_a_request_and_its_gate_are_never_taken_back_L2(history: list[Happening]) -> None:
    for moment in played(history):
        if moment.before.requested:
            assert moment.after.requested
            assert moment.after.training_registered >= moment.before.training_registered


@thorough
@given(histories)
def test_attention_has_a_cause_and_a_time_or_neither_D4(history: list[Happening]) -> None:
    for moment in played(history):
        assert (moment.after.cause is None) == (moment.after.attention_at is None)


@thorough
@given(histories, repeatables)
def test_a_repeated_message_or_activity_changes_nothing_F4_F10(history: list[Happening], again: Happening) -> None:
    once = again.transition(end_of(history))
    assert again.transition(once) == once


@given(any_facts)
def test_every_conceivable_state_has_a_stage(facts: Facts) -> None:
    assert stage_of(facts) in Stage
    assert allowed_commands(facts) <= set(Command)


@thorough
@given(histories, st.sampled_from(Command))
def test_a_command_is_refused_exactly_when_it_is_not_offered_L5(history: list[Happening], command: Command) -> None:
    facts = end_of(history)
    if command in allowed_commands(facts):
        assert ORDERED[command](facts) != facts
    else:
        with pytest.raises(Refused, match="not_allowed_now"):
            ORDERED[command](facts)


@given(any_facts)
def test_commands_agree_with_refusals_in_every_conceivable_state_L5(facts: Facts) -> None:
    assert {command for command in Command if _is_taken(command, facts)} == allowed_commands(facts)


def _is_taken(command: Command, facts: Facts) -> bool:
    try:
        ORDERED[command](facts)
    except Refused:
        return False
    return True


@thorough
@given(histories)
def test_time_alone_changes_only_what_waits_for_a_person_L4(history: list[Happening]) -> None:
    facts = end_of(history)
    step = next_step(facts, Durations())
    if stage_of(facts) in ENDS:
        assert step is None
    if step is not None:
        waits_for = Stage.NEEDS_ATTENTION if step.kind is StepKind.LAPSE else Stage.AWAITING_REGISTRATION
        assert stage_of(facts) is waits_for


@thorough
@given(histories)
def test_nobody_is_reminded_of_a_dead_invitation_and_every_invitation_ends_L4(history: list[Happening]) -> None:
    facts = end_of(history)
    step = next_step(facts, Durations())
    if stage_of(facts) is Stage.AWAITING_REGISTRATION:
        assert step is not None
        assert facts.expires_at is not None
        assert step.at <= facts.expires_at
        assert step.at.utcoffset() == timedelta(0)
