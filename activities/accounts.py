"""The account on the platform."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from passerelle.db.database import Database
from passerelle.domain import transitions
from passerelle.domain.errors import Refused
from passerelle.domain.stages import Facts
from passerelle.domain.timeline import Entry, Event
from passerelle.platforms.port import Platform
from passerelle.services.changes import change, note
from workflows.messages import ProvisionAccount, RecordStep


class AccountActivities:
    """Touches the platform through its port; the platform's own rules make a second run harmless."""

    def __init__(self, platform: Platform, database: Database) -> None:
        self._platform = platform
        self._database = database

    @activity.defn(name="provision_account")
    async def provision(self, step: ProvisionAccount) -> Facts:
        """The account and credential of the generation; the platform makes at most one account an address."""
        try:
            await self._platform.provision(step.onboarding_id, step.generation, step.at)
        except Refused as refusal:
            raise ApplicationError("the platform refuses", type=refusal.code, non_retryable=True) from None
        entry = Entry(Event.ACCOUNT_PROVISIONED, details={"generation": step.generation})

        def provisioned(facts: Facts) -> Facts:
            return transitions.account_provisioned(facts, step.generation, step.expires_at)

        async with self._database.transaction() as tx:
            return await change(tx, step.onboarding_id, provisioned, entry)

    @activity.defn(name="disable_account")
    async def disable(self, step: RecordStep) -> None:
        """L9: the account that this onboarding made; one that existed before stays. Twice disables once."""
        if await self._platform.disable(step.onboarding_id, step.at):
            async with self._database.transaction() as tx:
                await note(tx, step.onboarding_id, Entry(Event.ACCOUNT_DISABLED))
