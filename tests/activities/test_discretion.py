"""What an activity's unforeseen error tells Temporal: its type, never its words (SEC42)."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from typing_extensions import override

from activities.discretion import Discretion

SECRET = "jane.doe@example.com was refused by mail.example.com"


class Failing(ActivityInboundInterceptor):
    """The end of the chain: an activity that does what it is told."""

    def __init__(self, act: Callable[[], Awaitable[object]]) -> None:
        self._act = act

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> object:
        return await self._act()


async def run(act: Callable[[], Awaitable[object]]) -> object:
    chain = Discretion().intercept_activity(Failing(act))
    headers: Mapping[str, object] = {}
    input_ = ExecuteActivityInput(fn=act, args=[], executor=None, headers=headers)  # type: ignore[arg-type]  # none are read
    return await ActivityEnvironment().run(chain.execute_activity, input_)


async def test_a_result_passes_as_it_is() -> None:
    async def works() -> str:
        return "done"

    assert await run(works) == "done"


async def test_an_unforeseen_error_leaves_as_the_name_of_its_type_and_is_tried_again_SEC42() -> None:
    async def fails() -> None:
        raise LookupError(SECRET)

    with pytest.raises(ApplicationError) as caught:
        await run(fails)
    error = caught.value
    assert (error.type, error.message, error.non_retryable) == ("LookupError", "LookupError", False)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert SECRET not in repr(error)


async def test_an_error_that_the_activity_worded_itself_passes_as_it_is() -> None:
    worded = ApplicationError("refused for good (550)", type="mail_refused", non_retryable=True)

    async def fails() -> None:
        raise worded

    with pytest.raises(ApplicationError) as caught:
        await run(fails)
    assert caught.value is worded
