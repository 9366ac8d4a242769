"""What an operator reads in the Temporal UI (O4): plain words, no personal data, at most 200 bytes a label."""

from uuid import UUID

from passerelle.domain.commands import Command, allowed_commands
from passerelle.domain.schedule import Step, StepKind
from passerelle.domain.stages import Cause, Facts, Stage, stage_of

PROVISION = "Make the account and its one-time credential on the platform"
DISABLE = "Disable the account that was made"
LAPSE = "Nobody renewed the expired invitation: close the onboarding"

ATTENTION = {
    Cause.PROVISIONING_FAILED: "The platform would not make the account: ask an operator",
    Cause.INVITATION_FAILED: "The invitation could not be sent: ask an operator",
    Cause.BOUNCED: "The mailbox refuses our mail: ask an operator",
    Cause.EXPIRED: "The invitation has expired: ask an operator",
}

COMMAND = {
    Command.RETRY: "Operator: retry the failed step",
    Command.RESEND: "Operator: send the invitation again",
    Command.EXTEND: "Operator: extend the invitation",
    Command.WITHDRAW: "Operator or requester: withdraw",
}
NEWS = {
    "request_received": "Tell the requester that the request was received",
    "attention_needed": "Tell the requester that their help is needed",
    "welcome": "Welcome the new administrator",
    "completed": "Tell the requester that the registration is complete",
}
STEP = {
    StepKind.REMIND_RECIPIENT: "Until the next reminder to the designated administrator",
    StepKind.REMIND_REQUESTER: "Until the reminder to the requester",
    StepKind.EXPIRE: "Until the invitation expires",
    StepKind.LAPSE: "Until the expired onboarding is closed for good",
}
WAITS_FOR = {
    Stage.AWAITING_TRAINING: "the organization to register for a training session",
    Stage.AWAITING_REQUEST: "an administrator of the program to request access",
    Stage.PROVISIONING: "the platform to make the account",
    Stage.INVITING: "a mail server to accept the invitation",
    Stage.AWAITING_REGISTRATION: "the designated administrator to sign in and choose a password",
    Stage.NEEDS_ATTENTION: "an operator",
    Stage.COMPLETED: "nobody: the registration is complete",
    Stage.WITHDRAWN: "nobody: it was withdrawn",
    Stage.LAPSED: "nobody: it has lapsed",
}


def invitation(mailing: int) -> str:
    return f"Send invitation e-mail {mailing}"


def reminder(number: int, *, to_requester: bool) -> str:
    return f"Send reminder {number} to the {'requester' if to_requester else 'designated administrator'}"


def details(onboarding_id: UUID, facts: Facts, step: Step | None) -> str:
    """The page's own words for the workflow, in Markdown: state, what it waits for, what may be ordered."""
    stage = stage_of(facts)
    lines = [f"### {stage.value}", f"Waits for **{WAITS_FOR[stage]}**."]
    if facts.cause:
        lines.append(f"Cause: **{facts.cause.value}**. {ATTENTION[facts.cause]}.")
    if step:
        lines.append(f"Next by itself: {step.kind.value} on {step.at:%Y-%m-%d %H:%M} UTC.")
    if updates := sorted(command.value for command in allowed_commands(facts) if command in COMMAND):
        lines.append(f"Updates you may send now: {', '.join(f'`{name}`' for name in updates)}.")
    lines.append(f"Onboarding `{onboarding_id}`, invitation generation {facts.generation}, facts v{facts.version}.")
    return "\n\n".join(lines)
