"""An unlock or new-password mail, sent beside the request that asked for it (SEC14)."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.invitations import InvitationActivities
    from workflows import policies
    from workflows.messages import AccountMail


@workflow.defn(name="AccountMailWorkflow")
class AccountMailWorkflow:
    @workflow.run
    async def run(self, mail: AccountMail) -> None:
        try:
            await workflow.execute_activity_method(
                InvitationActivities.send_account_mail,
                mail,
                task_queue=f"{workflow.info().task_queue}-mail",
                start_to_close_timeout=policies.MAIL_TIMEOUT,
                retry_policy=policies.MAIL_RETRY,
                summary="Send the link that was asked for on the sign-in page",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            # The ledger says what became of it; the person can ask again. A failed run would mean a bug.
            workflow.logger.warning("account mail not sent", extra={"cause": type(error.cause).__name__})
