"""Keeps what errors say out of Temporal's history: a database's or library's words may hold an address (SEC42)."""

from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override


class Discretion(Interceptor):
    """Every unforeseen exception of an activity leaves as its type's name, nothing else; it is tried again."""

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Discreet(next)


class _Discreet(ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except FailureError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its words stay here
            activity.logger.warning("activity failed", extra={"error": type(error).__name__})
            raise ApplicationError(type(error).__name__, type=type(error).__name__) from None
