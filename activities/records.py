"""What the workflow decides by itself, written to the database."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from passerelle.db import commands
from passerelle.db.database import Database
from passerelle.domain import transitions
from passerelle.domain.commands import Command
from passerelle.domain.errors import Refused
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Actor, ActorKind, Entry, Event
from passerelle.domain.transitions import Transition
from passerelle.services.changes import change, facts_of
from workflows.messages import ApplyCommand, CommandApplied, RecordAttention, RecordStep

EVENT = {
    Command.RETRY: Event.RETRIED,
    Command.RESEND: Event.RESENT,
    Command.EXTEND: Event.EXTENDED,
    Command.WITHDRAW: Event.WITHDRAWN,
}
APPLIED = "applied"
UPDATE_ID_USED = "update_id_used"


class RecordActivities:
    """Short writes to our own database, run as local activities. Each is a transition: twice changes once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="record_attention")
    async def record_attention(self, step: RecordAttention) -> Facts:
        """D4: somebody must act; a second run finds the cause already there, a late one newer facts."""
        entry = Entry(Event.ATTENTION_NEEDED, details={"cause": step.cause.value})
        async with self._database.transaction() as tx:
            return await change(
                tx,
                step.onboarding_id,
                lambda facts: transitions.needs_attention(facts, step.cause, step.at, step.version),
                entry,
            )

    @activity.defn(name="record_lapse")
    async def record_lapse(self, step: RecordStep) -> Facts:
        """L4: nobody renewed it; a second run finds it lapsed."""
        async with self._database.transaction() as tx:
            return await change(
                tx,
                step.onboarding_id,
                lambda facts: transitions.lapse(facts, step.at),
                Entry(Event.LAPSED),
            )

    @activity.defn(name="apply_command")
    async def apply_command(self, step: ApplyCommand) -> CommandApplied:
        """Carry out a command once: its row is compared and set in the transaction of its effect."""
        async with self._database.transaction() as tx:
            row = await commands.locked(tx, step.update_id, step.onboarding_id, step.command)
            if (row.onboarding_id, row.command) != (step.onboarding_id, step.command):
                # In the Temporal UI people choose the ids; the answer to another command is none to this one.
                return CommandApplied(UPDATE_ID_USED, await facts_of(tx, step.onboarding_id))
            if row.outcome is None:
                actor = Actor(ActorKind(row.actor_kind), row.actor_name)
                row.outcome = await _outcome(tx, step, actor, row.reason)
            return CommandApplied(row.outcome, await facts_of(tx, step.onboarding_id))


async def _outcome(tx: AsyncSession, step: ApplyCommand, actor: Actor, reason: str) -> str:
    command = Command(step.command)
    try:
        await change(
            tx,
            step.onboarding_id,
            _transition(command, step),
            Entry(EVENT[command], actor, reason=reason),
        )
    except Refused as refusal:
        return refusal.code
    return APPLIED


def _transition(command: Command, step: ApplyCommand) -> Transition:
    expiry = timedelta(seconds=step.expiry)
    transition: dict[Command, Transition] = {
        Command.RETRY: lambda facts: transitions.retry(facts, step.at + expiry),
        Command.RESEND: lambda facts: transitions.resend(facts, step.at + expiry),
        Command.EXTEND: lambda facts: transitions.extend(facts, step.at, expiry),
        Command.WITHDRAW: lambda facts: transitions.withdraw(facts, step.at),
    }
    return transition[command]
