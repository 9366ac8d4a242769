"""An unlock or new-password mail, sent beside the request that asked for it (SEC14)."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.invitations import InvitationActivities
    from workflows import policies
    from workflows.messages import AccountMail


@workflow.defn(name="AccountMailWorkflow")
class AccountMailWorkflow:
    @workflow.run
    async def run(self, mail: AccountMail) -> None:
        await workflow.execute_activity_method(
            InvitationActivities.send_account_mail,
            mail,
            task_queue=f"{workflow.info().task_queue}-mail",
            start_to_close_timeout=policies.MAIL_TIMEOUT,
            retry_policy=policies.MAIL_RETRY,
            summary="Send the link that was asked for on the sign-in page",
        )
