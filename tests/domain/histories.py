"""Arbitrary histories of one onboarding, for property tests: anything may happen, in any order, at any time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from passerelle.domain import transitions
from passerelle.domain.errors import Refused
from passerelle.domain.stages import Cause, Facts
from passerelle.domain.transitions import Transition

START = datetime(2026, 3, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
EXPIRY = 30 * A_DAY


@dataclass(frozen=True)
class Happening:
    """Something that happens. `name` is what a failing example prints."""

    name: str
    transition: Transition = field(repr=False)


@dataclass(frozen=True)
class Moment:
    """One happening with the facts before and after it; `refusal` is the code when a rule said no."""

    happening: Happening
    before: Facts
    after: Facts
    refusal: str | None


def at(day: int) -> datetime:
    return START + day * A_DAY


def played(history: Sequence[Happening]) -> Iterator[Moment]:
    """As services and activities do it: a change counts the version up, a refusal changes nothing."""
    facts = Facts()
    for happening in history:
        after, refusal = facts, None
        try:
            changed = happening.transition(facts)
            after = facts if changed == facts else replace(changed, version=facts.version + 1)
        except Refused as refused:
            refusal = refused.code
        yield Moment(happening, facts, after, refusal)
        facts = after


def end_of(history: Sequence[Happening]) -> Facts:
    return [Facts(), *(moment.after for moment in played(history))][-1]


def provisioned(day: int, lag: int = 0) -> Happening:
    def transition(facts: Facts) -> Facts:
        return transitions.account_provisioned(facts, facts.generation - lag, at(day) + EXPIRY)

    return Happening(f"provisioned on day {day}, lag {lag}", transition)


def accepted(day: int, lag: int = 0) -> Happening:
    def transition(facts: Facts) -> Facts:
        return transitions.invitation_accepted(facts, facts.mailing - lag, at(day), at(day) + EXPIRY)

    return Happening(f"invitation accepted on day {day}, lag {lag}", transition)


def troubled(day: int, cause: Cause) -> Happening:
    return Happening(f"{cause} on day {day}", lambda facts: transitions.needs_attention(facts, cause, at(day)))


def repeatable(day: int, lag: int, cause: Cause, number: int) -> list[Happening]:
    """What messages and activities do: each may come twice. `lag` makes it late (1) or too early (-1)."""
    return [
        Happening("register training", transitions.register_training),
        Happening("cancel training", transitions.cancel_training),
        provisioned(day, lag),
        accepted(day, lag),
        troubled(day, cause),
        Happening(f"reminded {number}", lambda facts: transitions.reminded(facts, number)),
        Happening(f"lapse on day {day}", lambda facts: transitions.lapse(facts, at(day))),
    ]


def orders(day: int) -> list[Happening]:
    """What people do: some of it is refused."""
    when = at(day)
    return [
        Happening("request access", transitions.request_access),
        Happening("correct recipient", transitions.correct_recipient),
        Happening(f"retry on day {day}", lambda facts: transitions.retry(facts, when + EXPIRY)),
        Happening(f"resend on day {day}", lambda facts: transitions.resend(facts, when + EXPIRY)),
        Happening(f"extend on day {day}", lambda facts: transitions.extend(facts, when, EXPIRY)),
        Happening(f"withdraw on day {day}", lambda facts: transitions.withdraw(facts, when)),
        Happening(f"complete registration on day {day}", lambda facts: transitions.complete_registration(facts, when)),
    ]


days = st.integers(0, 120)
repeatables = st.builds(
    repeatable, days, st.sampled_from([0, 0, 0, 1, -1]), st.sampled_from(Cause), st.integers(0, 5)
).flatmap(st.sampled_from)
happenings = st.one_of(repeatables, days.flatmap(lambda day: st.sampled_from(orders(day))))
USUAL = [
    Happening("register training", transitions.register_training),
    Happening("request access", transitions.request_access),
    provisioned(0),
    accepted(0),
    troubled(30, Cause.EXPIRED),
]
# Left to chance alone, hardly any history would get as far as an invitation.
beginnings = st.integers(0, len(USUAL)).map(lambda length: USUAL[:length])
histories = st.builds(lambda usual, then: [*usual, *then], beginnings, st.lists(happenings, max_size=30))
