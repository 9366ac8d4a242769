"""The bare workflow, driven by signals."""

import asyncio
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from bench.bare import TASK_QUEUE, BareOnboarding, Request, Start
from bench.contestants import Case


class Bare:
    """`local`: the account row by a local activity."""

    def __init__(self, client: Client, *, local: bool) -> None:
        self.name = "bare_local" if local else "bare"
        self._client = client
        self._start = Start(local)

    async def prepare(self, count: int) -> list[Case]:
        cases = [_case() for _ in range(count)]
        await asyncio.gather(*map(self._begin, cases))
        return cases

    async def register_training(self, case: Case) -> None:
        await self.run(case).signal("training_registered")

    async def request_access(self, case: Case) -> None:
        await self.run(case).signal("access_requested", Request(case.recipient, case.requester, "Jane Doe"))

    async def complete_registration(self, case: Case) -> None:
        await self.run(case).signal("registration_completed")

    def run(self, case: Case) -> WorkflowHandle[object, object]:
        return self._client.get_workflow_handle(_id(case))

    async def _begin(self, case: Case) -> None:
        await self._client.start_workflow(BareOnboarding.run, self._start, id=_id(case), task_queue=TASK_QUEUE)


def _case() -> Case:
    new = uuid4()
    return Case(new, f"recipient-{new}@example.com", f"requester-{new}@example.com")


def _id(case: Case) -> str:
    return f"bare-{case.id}"
