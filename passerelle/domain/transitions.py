"""How facts follow from facts. Pure functions: each takes the facts as they are and returns the new ones.

A transition that is not possible raises Refused; one whose effect is already there returns the facts
unchanged, so that a repeated message or a second run of an activity is harmless.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.errors import Refused
from passerelle.domain.stages import ENDS, Cause, Facts, stage_of

Transition = Callable[[Facts], Facts]


def register_training(facts: Facts) -> Facts:
    """S4: the gate opens."""
    return facts if _ended(facts) else replace(facts, training_registered=True)


def cancel_training(facts: Facts) -> Facts:
    """L2: the gate closes again, but not behind a request that already went through it."""
    return facts if _ended(facts) or facts.requested else replace(facts, training_registered=False)


def request_access(facts: Facts) -> Facts:
    """S25: the request, once. Raises Refused("already_requested") for a second, ("ended") after the end."""
    if _ended(facts):
        raise Refused("ended")
    if facts.requested:
        raise Refused("already_requested")
    return replace(facts, requested=True, generation=1, mailing=1)


def correct_recipient(facts: Facts) -> Facts:
    """D3: a new generation; the old link and credential die with it. Raises Refused("not_allowed_now")."""
    _require(Command.CORRECT_RECIPIENT, facts)
    return replace(
        _without_attention(facts),
        generation=facts.generation + 1,
        mailing=facts.mailing + 1,
        expires_at=None,
        invited_at=None,
        reminded=0,
    )


def account_provisioned(facts: Facts, generation: int, expires_at: datetime) -> Facts:
    """The account and credential of `generation` exist; the credential lives until `expires_at`."""
    if _ended(facts) or generation != facts.generation or facts.provisioned >= generation:
        return facts
    return replace(facts, provisioned=generation, expires_at=expires_at)


def invitation_accepted(facts: Facts, mailing: int, at: datetime, expires_at: datetime) -> Facts:
    """A mail server took the invitation: reminders start over and the expiry counts from now (L4)."""
    if _ended(facts) or mailing != facts.mailing or facts.mailed >= mailing:
        return facts
    return replace(facts, mailed=mailing, invited_at=at, expires_at=expires_at, reminded=0)


def reminded(facts: Facts, number: int) -> Facts:
    """Entry `number` (from 1) of the reminder schedule is done."""
    return facts if _ended(facts) else replace(facts, reminded=max(facts.reminded, number))


def needs_attention(facts: Facts, cause: Cause, at: datetime, version: int | None = None) -> Facts:
    """D4: retries cannot heal it, somebody must. The first cause stands until somebody acted.

    `version` is that of the facts on which it was tried: with other facts it is to be tried anew.
    """
    if _ended(facts) or facts.cause or version not in (None, facts.version):
        return facts
    return replace(facts, cause=cause, attention_at=at)


def retry(facts: Facts, expires_at: datetime) -> Facts:
    """The failed step again; after a bounce the invitation again. Raises Refused("not_allowed_now").

    A credential that exists lives until `expires_at`, as after a resend: it must not be dead when it arrives.
    """
    _require(Command.RETRY, facts)
    again = int(facts.cause is Cause.BOUNCED)
    renewed = expires_at if facts.expires_at else None
    return replace(_without_attention(facts), mailing=facts.mailing + again, expires_at=renewed)


def resend(facts: Facts, expires_at: datetime) -> Facts:
    """L5: same credential, expiry renewed. Raises Refused("not_allowed_now")."""
    _require(Command.RESEND, facts)
    return replace(_without_attention(facts), mailing=facts.mailing + 1, expires_at=expires_at)


def extend(facts: Facts, at: datetime, expiry: timedelta) -> Facts:
    """L5: one more expiry period, from the old end or from now. Raises Refused("not_allowed_now")."""
    _require(Command.EXTEND, facts)
    start = max(at, facts.expires_at or at)
    return replace(_without_attention(facts), expires_at=start + expiry)


def withdraw(facts: Facts, at: datetime) -> Facts:
    """L5: the end by a person's choice. Raises Refused("not_allowed_now")."""
    _require(Command.WITHDRAW, facts)
    return replace(facts, withdrawn_at=at)


def complete_registration(facts: Facts, at: datetime) -> Facts:
    """S41: accepted in every stage after the request (a person may be faster than our bookkeeping).

    Raises Refused("ended") after the end, ("not_requested") before any request.
    """
    if _ended(facts):
        raise Refused("ended")
    if not facts.requested:
        raise Refused("not_requested")
    return replace(_without_attention(facts), registered_at=at)


def lapse(facts: Facts, at: datetime) -> Facts:
    """L4: an expired invitation that nobody renewed."""
    return replace(facts, lapsed_at=at) if facts.cause is Cause.EXPIRED and not _ended(facts) else facts


def _without_attention(facts: Facts) -> Facts:
    return replace(facts, cause=None, attention_at=None)


def _require(command: Command, facts: Facts) -> None:
    if command not in allowed_commands(facts):
        raise Refused("not_allowed_now")


def _ended(facts: Facts) -> bool:
    return stage_of(facts) in ENDS
