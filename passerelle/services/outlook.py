"""Who must act next on an onboarding, and what happens by itself (O2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passerelle.db.onboardings import Case
from passerelle.db.serialization import durations_from_json
from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.gates import Gate, GateState, missing_gates
from passerelle.domain.schedule import Step, next_step
from passerelle.domain.stages import ENDS, Cause, Stage
from passerelle.i18n import marked


class Party(StrEnum):
    """Whose turn it is."""

    OPERATOR = "operator"
    REQUESTER = "requester"
    RECIPIENT = "recipient"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and the English sentence that tells them so (translate it where it is shown)."""

    party: Party
    message: str


@dataclass(frozen=True)
class Outlook:
    """What comes next; `missing_gates` in the order a person would open them, `commands` in a fixed order."""

    turn: Turn
    step: Step | None
    commands: Sequence[Command]
    missing_gates: Sequence[Gate]


_NOBODY = Turn(Party.NOBODY, marked("Nothing is left to do."))
_APPROVAL = Turn(Party.OPERATOR, marked("The network’s staff must approve the organization and the program."))

TURNS: Mapping[Stage, Turn] = {
    Stage.AWAITING_TRAINING: Turn(
        Party.REQUESTER, marked("The organization must register for an onboarding and training session.")
    ),
    Stage.AWAITING_REQUEST: Turn(
        Party.REQUESTER, marked("An admin of the program or of its organization must request access.")
    ),
    Stage.PROVISIONING: Turn(Party.SYSTEM, marked("The account on the platform is being made.")),
    Stage.INVITING: Turn(Party.SYSTEM, marked("The invitation is being sent.")),
    Stage.AWAITING_REGISTRATION: Turn(
        Party.RECIPIENT, marked("The designated person must sign in and choose a password.")
    ),
}

CAUSES: Mapping[Cause, Turn] = {
    Cause.PROVISIONING_FAILED: Turn(
        Party.OPERATOR, marked("The account could not be made: the network’s staff must find out why and retry.")
    ),
    Cause.INVITATION_FAILED: Turn(
        Party.REQUESTER, marked("The invitation could not be sent: check the address, or have it tried again.")
    ),
    Cause.BOUNCED: Turn(Party.REQUESTER, marked("The mailbox refused the e-mail: correct the address.")),
    Cause.EXPIRED: Turn(
        Party.REQUESTER, marked("The invitation has expired: have it sent again, or name somebody else.")
    ),
}


def outlook(case: Case) -> Outlook:
    """What comes next for this onboarding."""
    facts = case.onboarding.facts
    allowed = allowed_commands(facts)
    return Outlook(
        turn=_turn(case),
        step=next_step(facts, durations_from_json(case.onboarding.durations)),
        commands=[command for command in Command if command in allowed],
        missing_gates=gates_of(case),
    )


def gates_of(case: Case) -> Sequence[Gate]:
    """S5: the gates that are still closed; none is looked at after the end, only training after the request."""
    onboarding = case.onboarding
    if onboarding.stage in ENDS:
        return []
    state = GateState(case.organization.status, case.program.status, onboarding.facts.training_registered)
    missing = missing_gates(state)
    return [gate for gate in missing if gate is Gate.TRAINING_REGISTERED] if onboarding.facts.requested else missing


def _turn(case: Case) -> Turn:
    onboarding = case.onboarding
    if onboarding.stage in ENDS:
        return _NOBODY
    if onboarding.facts.cause:
        return CAUSES[onboarding.facts.cause]
    if set(gates_of(case)) - {Gate.TRAINING_REGISTERED}:
        return _APPROVAL
    return TURNS[onboarding.stage]
