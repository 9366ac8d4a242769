"""The process: from an approved program to a signed-in administrator (S44, L).

The workflow holds the newest facts it was given and does what their stage asks. Signals bring facts that
the database already holds; activities write facts there and bring them back. So a message that comes late,
twice or out of order changes nothing, and a run may be started again from any facts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.invitations import InvitationActivities
    from activities.records import RecordActivities
    from passerelle.domain.commands import Command
    from passerelle.domain.schedule import Step, StepKind, next_step
    from passerelle.domain.stages import ENDS, MENDABLE_BY_REQUESTER, Cause, Facts, Stage
    from workflows import policies, wording
    from workflows.inbox import Inbox
    from workflows.messages import (
        ApplyCommand,
        CommandResult,
        OnboardingInput,
        OnboardingResult,
        ProvisionAccount,
        RecordAttention,
        RecordStep,
        SendInvitation,
        SendNews,
        SendReminder,
    )

STAGE = SearchAttributeKey.for_keyword("OnboardingStage")
Given = TypeVar("Given")
Got = TypeVar("Got")


@workflow.defn(name="OnboardingWorkflow")
class OnboardingWorkflow(Inbox):
    @workflow.init
    def __init__(self, start: OnboardingInput) -> None:
        super().__init__(start)
        self._shown = workflow.info().typed_search_attributes.get(STAGE)
        self._news: dict[str, asyncio.Task[None]] = {}

    @workflow.run
    async def run(self, start: OnboardingInput) -> OnboardingResult:
        while self._stage not in ENDS:
            self._show_stage()
            self._tell_how_it_stands()
            match self._stage:
                case _ if self._ordered:
                    await self._carry_out(self._ordered[0])
                case Stage.PROVISIONING:
                    await self._provision_account()
                case Stage.INVITING:
                    await self._invite()
                case _:
                    await self._wait_for_somebody_or_the_next_step()
        return await self._close()

    # Steps, in the order of the process

    async def _provision_account(self) -> None:
        now = workflow.now()
        step = ProvisionAccount(self._id, self._facts.generation, now, expires_at=now + self._expiry)
        handle = workflow.start_activity_method(
            AccountActivities.provision,
            step,
            start_to_close_timeout=policies.PLATFORM_TIMEOUT,
            retry_policy=policies.PLATFORM_RETRY,
            summary=wording.PROVISION,
        )
        await self._attempt(handle, Cause.PROVISIONING_FAILED)

    async def _invite(self) -> None:
        now = workflow.now()
        mailing = self._facts.mailing
        step = SendInvitation(self._id, mailing, now, now + self._expiry, self._durations.mail_retry)
        handle = self._post(InvitationActivities.send_invitation, step, wording.invitation(mailing))
        await self._attempt(handle, Cause.INVITATION_FAILED)

    async def _wait_for_somebody_or_the_next_step(self) -> None:
        seen = self._facts.version
        step = next_step(self._facts, self._durations)
        if not await self._something_happened_before(step):
            assert step is not None  # noqa: S101 - without a step there is no end to the wait
            await self._take(step, seen)

    async def _take(self, step: Step, seen: int) -> None:
        match step.kind:
            case StepKind.REMIND_RECIPIENT | StepKind.REMIND_REQUESTER:
                await self._remind(to_requester=step.kind is StepKind.REMIND_REQUESTER)
            case StepKind.EXPIRE:
                await self._ask_for_attention(Cause.EXPIRED, seen)
            case StepKind.LAPSE:
                await self._lapse()

    async def _remind(self, *, to_requester: bool) -> None:
        facts = self._facts
        step = SendReminder(
            self._id, facts.mailing, facts.reminded + 1, to_requester, workflow.now(), self._durations.mail_retry
        )
        summary = wording.reminder(step.number, to_requester=to_requester)
        handle = self._post(InvitationActivities.send_reminder, step, summary)
        await self._attempt(handle, Cause.INVITATION_FAILED, refused=Cause.BOUNCED)

    async def _ask_for_attention(self, cause: Cause, seen: int) -> None:
        """Unless the facts have changed since `seen`: then they decide anew."""
        step = RecordAttention(self._id, cause, workflow.now(), seen)
        self._learn(await self._record(RecordActivities.record_attention, step, wording.ATTENTION[cause]))

    async def _lapse(self) -> None:
        step = RecordStep(self._id, workflow.now())
        self._learn(await self._record(RecordActivities.record_lapse, step, wording.LAPSE))

    async def _carry_out(self, command: ApplyCommand) -> None:
        summary = wording.COMMAND[Command(command.command)]
        applied = await self._record(RecordActivities.apply_command, command, summary)
        self._learn(applied.facts)
        self._ordered.remove(command)
        self._results[command.update_id] = CommandResult(applied.outcome, self._stage.value)

    async def _close(self) -> OnboardingResult:
        self._closed = True
        self._show_stage()
        self._tell_how_it_stands()
        # Not `provisioned`: an account may exist without our having heard of it.
        if self._stage is not Stage.COMPLETED and self._facts.requested:
            await self._disable_account()
        await asyncio.gather(*self._news.values())
        await workflow.wait_condition(workflow.all_handlers_finished)
        return OnboardingResult(self._stage.value)

    async def _disable_account(self) -> None:
        """L9. An outage longer than the retries leaves an account that nobody has a credential for."""
        try:
            await workflow.execute_activity_method(
                AccountActivities.disable,
                RecordStep(self._id, workflow.now()),
                start_to_close_timeout=policies.PLATFORM_TIMEOUT,
                retry_policy=policies.PLATFORM_RETRY,
                summary=wording.DISABLE,
            )
        except ActivityError as error:
            workflow.logger.warning("the account was not disabled", extra={"cause": type(error.cause).__name__})

    # News to people (L8): each once, beside the process, never in its way

    def _tell_how_it_stands(self) -> None:
        if self._facts.requested:
            self._tell("request_received")
        if self._facts.cause in MENDABLE_BY_REQUESTER and self._facts.attention_at:
            self._tell("attention_needed", self._facts.attention_at.isoformat())
        if self._stage is Stage.COMPLETED:
            self._tell("welcome")
            self._tell("completed")

    def _tell(self, kind: str, occasion: str = "") -> None:
        key = f"{kind}:{occasion}" if occasion else kind
        if key not in self._news:
            self._news[key] = asyncio.create_task(self._send_news(kind, key))

    async def _send_news(self, kind: str, key: str) -> None:
        try:
            step = SendNews(self._id, kind, key, self._durations.mail_retry)
            await self._post(InvitationActivities.send_news, step, wording.NEWS[kind])
        except ActivityError as error:
            # The ledger says what became of it; the onboarding does not depend on it.
            workflow.logger.warning("news not sent", extra={"news": kind, "cause": type(error.cause).__name__})

    # Activities, by collaborator

    async def _record(
        self, activity: Callable[[RecordActivities, Given], Awaitable[Got]], step: Given, summary: str
    ) -> Got:
        """A short write to our own database: local, one event instead of six."""
        return await workflow.execute_local_activity_method(
            activity,
            step,
            start_to_close_timeout=policies.DATABASE_TIMEOUT,
            retry_policy=policies.DATABASE_RETRY,
            summary=summary,
        )

    def _post(
        self, activity: Callable[[InvitationActivities, Given], Awaitable[Got]], step: Given, summary: str
    ) -> workflow.ActivityHandle[Got]:
        """A mail, on the queue that all mail shares, so that one rate limit holds for all workers."""
        return workflow.start_activity_method(
            activity,
            step,
            task_queue=f"{workflow.info().task_queue}-mail",
            start_to_close_timeout=policies.MAIL_TIMEOUT,
            retry_policy=policies.MAIL_RETRY,
            summary=summary,
        )

    # Waiting

    async def _attempt(
        self, handle: workflow.ActivityHandle[Facts], cause: Cause, refused: Cause | None = None
    ) -> None:
        """Until the activity ends, or something happens that decides anew; `cause` if it failed for good.

        `refused` is the cause, where it is another one, if the mail server would not have the address.
        """
        seen = self._facts.version
        await workflow.wait_condition(lambda: handle.done() or self._has_news_since(seen))
        if not handle.done():
            handle.cancel()
        try:
            self._learn(await handle)
        except ActivityError as error:
            if not is_cancelled_exception(error):
                await self._ask_for_attention((_is_refusal(error) and refused) or cause, seen)

    async def _something_happened_before(self, step: Step | None) -> bool:
        """True when there is news; False when the step is due first. Without a step it waits for ever."""
        seen = self._facts.version
        wait = step.at - workflow.now() if step else None
        if wait is not None and wait <= timedelta(0):
            return False
        try:
            await workflow.wait_condition(
                lambda: self._has_news_since(seen),
                timeout=wait,
                timeout_summary=wording.STEP[step.kind] if step else None,
            )
        except TimeoutError:
            return False
        return True

    @property
    def _expiry(self) -> timedelta:
        return timedelta(seconds=self._durations.expiry)

    def _show_stage(self) -> None:
        """The stage as a search attribute, and in plain words in the Temporal UI (O4)."""
        if self._shown != self._stage:
            self._shown = self._stage.value
            workflow.upsert_search_attributes([STAGE.value_set(self._shown)])
        workflow.set_current_details(wording.details(self._id, self._facts, next_step(self._facts, self._durations)))


def _is_refusal(error: ActivityError) -> bool:
    return isinstance(error.cause, ApplicationError) and error.cause.type == policies.MAIL_REFUSED
