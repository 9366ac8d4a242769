"""The only door to Temporal: start with a signal, ask for a command, look at one run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from passerelle.domain.commands import Command
from passerelle.domain.signals import Signal
from passerelle.domain.stages import Stage, stage_of
from workflows.messages import AccountMail, CommandInput, CommandResult, FactsChanged, OnboardingInput

TASK_QUEUE = "passerelle"
STAGE = SearchAttributeKey.for_keyword("OnboardingStage")
RPC_TIMEOUT = timedelta(seconds=5)
# A command waits for a worker; longer than this and the person is better told to try again.
COMMAND_SECONDS = 8.0
TASK_TIMEOUT = timedelta(seconds=5)
# How the validators of the updates refuse (workflows.inbox).
NOT_ALLOWED_NOW = "not_allowed_now"
SUMMARY = "From an approved program to a signed-in administrator"


class Unavailable(Exception):  # noqa: N818 - it says how Temporal is
    """Temporal, or a worker behind it, does not answer now. Nothing was done; trying again is safe."""


@dataclass(frozen=True)
class Run:
    """One onboarding's run as Temporal sees it. `stage` is its search attribute."""

    run_id: str
    is_running: bool
    stage: str | None


async def connect(address: str, *, lazy: bool = True) -> Client:
    """A client: TEMPORAL_* decide, and `address` where TEMPORAL_ADDRESS is not set.

    A lazy one connects at its first call; the SDK refuses it to workers. Otherwise raises RuntimeError while
    Temporal is away.
    """
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", address)
    return await Client.connect(**config, data_converter=pydantic_data_converter, lazy=lazy)


class Orchestration:
    """Temporal as the rest of the house sees it. Every failure to reach it is Unavailable."""

    def __init__(self, client: Client, task_queue: str = TASK_QUEUE) -> None:
        self._client = client
        self._task_queue = task_queue

    @property
    def namespace(self) -> str:
        return self._client.namespace

    async def signal(self, workflow_id: str, start: OnboardingInput, signal: Signal, *, ended: bool) -> str | None:
        """Deliver facts, starting the run if there is none; its run id, or None for a late fact.

        A run that was closed by hand is started again from these facts, to carry on or to bring the onboarding
        to its end; one that ended with its onboarding is not (F6).
        """
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY if ended else WorkflowIDReusePolicy.ALLOW_DUPLICATE
        stage = SearchAttributePair(STAGE, stage_of(start.facts).value)
        try:
            async with _reaching():
                handle = await self._client.start_workflow(
                    "OnboardingWorkflow",
                    start,
                    id=workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=reuse,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    # The first fact is the start itself: a signal beside it would cost an event for nothing.
                    start_signal=None if signal is Signal.STARTED else signal.value,
                    start_signal_args=[] if signal is Signal.STARTED else [FactsChanged(start.facts)],
                    search_attributes=TypedSearchAttributes([stage]),
                    static_summary=SUMMARY,
                    task_timeout=TASK_TIMEOUT,
                    rpc_timeout=RPC_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            return None
        return handle.result_run_id or handle.first_execution_run_id

    async def send_account_mail(self, workflow_id: str, token_id: UUID) -> None:
        """Start the workflow that mails an unlock or new-password link; once."""
        try:
            async with _reaching():
                await self._client.start_workflow(
                    "AccountMailWorkflow",
                    AccountMail(token_id),
                    id=workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    task_timeout=TASK_TIMEOUT,
                    rpc_timeout=RPC_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            return

    async def command(self, onboarding_id: UUID, command: Command, update_id: str) -> CommandResult:
        """Order a command and wait for the true answer. The same `update_id` again is the same command.

        Raises Unavailable.
        """
        handle = self._client.get_workflow_handle(f"onboarding-{onboarding_id}")
        try:
            async with _reaching(), asyncio.timeout(COMMAND_SECONDS):
                result: CommandResult = await handle.execute_update(
                    command.value, CommandInput(), id=update_id, result_type=CommandResult
                )
                return result
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == NOT_ALLOWED_NOW:
                return CommandResult(NOT_ALLOWED_NOW, "")
            # Anything else is the run's trouble, not an answer: it was closed by hand, for one.
            raise Unavailable from error

    async def inspect(self, onboarding_id: UUID) -> Run | None:
        """The newest run of an onboarding; None where Temporal knows of none. Raises Unavailable."""
        handle = self._client.get_workflow_handle(f"onboarding-{onboarding_id}")
        try:
            async with _reaching():
                found = await handle.describe(rpc_timeout=RPC_TIMEOUT)
        except Unavailable as error:
            if isinstance(error.__cause__, RPCError) and error.__cause__.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        is_running = found.status is WorkflowExecutionStatus.RUNNING
        return Run(found.run_id, is_running, found.typed_search_attributes.get(STAGE))

    async def is_reachable(self) -> bool:
        """A real call, since a server may accept connections and not work."""
        try:
            async with _reaching():
                await self._client.count_workflows(
                    f"OnboardingStage = '{Stage.NEEDS_ATTENTION}'", rpc_timeout=timedelta(seconds=2)
                )
        except Unavailable:
            return False
        return True


@asynccontextmanager
async def _reaching() -> AsyncIterator[None]:
    """Whatever Temporal's client raises when the server or a worker is away becomes Unavailable."""
    try:
        yield
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as error:
        raise Unavailable from error
    except RuntimeError as error:
        # The first call of a lazy client raises a plain RuntimeError when nobody listens.
        raise Unavailable from error
