"""What is measured: whoever takes an onboarding through the same steps."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from temporalio.client import WorkflowHandle

MAILS = 2
"""To the recipient, and as many to the requester."""


@dataclass(frozen=True)
class Case:
    """One onboarding. Its addresses are its own, so that mails can be told apart."""

    id: UUID
    recipient: str
    requester: str


class Contestant(Protocol):
    """The steps of an onboarding; each returns once what was asked for is safely taken."""

    name: str

    async def prepare(self, count: int) -> list[Case]:
        """Approved programs whose workflows have been started."""
        ...

    async def register_training(self, case: Case) -> None: ...

    async def request_access(self, case: Case) -> None: ...

    async def complete_registration(self, case: Case) -> None: ...

    def run(self, case: Case) -> WorkflowHandle[object, object]: ...
