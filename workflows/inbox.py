"""What comes in while an onboarding runs: facts by signal, commands by update. Handlers record and wake, no more."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from passerelle.domain.commands import Command, allowed_commands
    from passerelle.domain.signals import Signal
    from passerelle.domain.stages import Facts, Stage, stage_of
    from workflows.messages import ApplyCommand, CommandInput, CommandResult, FactsChanged, OnboardingInput


class Inbox:
    """The newest facts, and the commands that wait to be carried out by the process, in order."""

    def __init__(self, start: OnboardingInput) -> None:
        self._id = start.onboarding_id
        self._facts = start.facts
        self._durations = start.durations
        self._ordered: list[ApplyCommand] = []
        self._results: dict[str, CommandResult] = {}
        self._closed = False

    @property
    def _stage(self) -> Stage:
        return stage_of(self._facts)

    def _learn(self, facts: Facts) -> None:
        """Keep the newer of two copies: late, repeated and reordered messages change nothing."""
        if facts.version > self._facts.version:
            self._facts = facts

    def _has_news_since(self, version: int) -> bool:
        return bool(self._ordered) or self._facts.version > version

    # Signals: facts that the database already holds

    @workflow.signal(name=Signal.TRAINING_REGISTERED)
    def training_registered(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    @workflow.signal(name=Signal.TRAINING_CANCELLED)
    def training_cancelled(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    @workflow.signal(name=Signal.ACCESS_REQUESTED)
    def access_requested(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    @workflow.signal(name=Signal.RECIPIENT_CORRECTED)
    def recipient_corrected(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    @workflow.signal(name=Signal.REGISTRATION_COMPLETED)
    def registration_completed(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    @workflow.signal(name=Signal.RESTORED)
    def restored(self, message: FactsChanged) -> None:
        self._learn(message.facts)

    # Updates: commands, each with a true answer

    @workflow.update(name=Command.RETRY)
    async def retry(self, command: CommandInput) -> CommandResult:
        return await self._order(Command.RETRY)

    @retry.validator
    def _retry_is_allowed(self, command: CommandInput) -> None:
        self._require(Command.RETRY)

    @workflow.update(name=Command.RESEND)
    async def resend(self, command: CommandInput) -> CommandResult:
        return await self._order(Command.RESEND)

    @resend.validator
    def _resend_is_allowed(self, command: CommandInput) -> None:
        self._require(Command.RESEND)

    @workflow.update(name=Command.EXTEND)
    async def extend(self, command: CommandInput) -> CommandResult:
        return await self._order(Command.EXTEND)

    @extend.validator
    def _extend_is_allowed(self, command: CommandInput) -> None:
        self._require(Command.EXTEND)

    @workflow.update(name=Command.WITHDRAW)
    async def withdraw(self, command: CommandInput) -> CommandResult:
        return await self._order(Command.WITHDRAW)

    @withdraw.validator
    def _withdraw_is_allowed(self, command: CommandInput) -> None:
        self._require(Command.WITHDRAW)

    def _require(self, command: Command) -> None:
        if command not in allowed_commands(self._facts):
            message = f"{command.value} is not allowed while {self._stage.value}"
            raise ApplicationError(message, type="not_allowed_now")

    async def _order(self, command: Command) -> CommandResult:
        """Hand the command to the main coroutine and answer with what came of it."""
        update = workflow.current_update_info()
        assert update is not None  # noqa: S101 - an update handler runs in an update
        self._ordered.append(ApplyCommand(self._id, update.id, command.value, workflow.now(), self._durations.expiry))
        # A command may be accepted in the very task in which the end comes: it must not wait for ever.
        await workflow.wait_condition(lambda: update.id in self._results or self._closed)
        return self._results.get(update.id) or CommandResult("not_allowed_now", self._stage.value)

    # Queries

    @workflow.query
    def facts(self) -> Facts:
        return self._facts
