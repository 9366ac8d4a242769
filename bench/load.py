"""Onboardings under way: always the same number of them, each started when another has ended."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from bench.arrivals import Arrivals
from bench.contestants import MAILS, Case, Contestant
from bench.cpu import cpu_of, own_cpu
from bench.plan import Level

WALK_SECONDS = 120
STARTED_EVENTS = 4
"""A run that waits for its first signal: started, and one workflow task."""
LOOKED_AT = 5


@dataclass(frozen=True)
class Cell:
    """One measurement. Times in seconds; `cpu` by process, over all onboardings of the cell."""

    contestant: str
    level: str
    count: int
    seconds: float
    latencies: list[float]
    """From sending each access request to its invitation's arrival at the mail server."""
    cpu: dict[str, float]
    events: float
    """Of history per onboarding, the median of a few."""

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


async def measure(contestant: Contestant, level: Level, arrivals: Arrivals, processes: Mapping[str, int]) -> Cell:
    """Prepare the level's onboardings, then take them all through. Raises TimeoutError when one is stuck."""
    cases = await contestant.prepare(level.count)
    await asyncio.gather(*(_until_it_waits(contestant.run(case)) for case in cases))
    before, ours, begin = cpu_of(processes), own_cpu(), time.monotonic()
    latencies = await _all_through(contestant, level, cases, arrivals)
    seconds = time.monotonic() - begin
    after, driver = cpu_of(processes), own_cpu() - ours
    cpu = {name: after[name] - before[name] for name in processes}
    _require_every_mail(cases, arrivals)
    events = await _events(contestant, cases)
    return Cell(contestant.name, level.name, level.count, seconds, latencies, {**cpu, "driver": driver}, events)


async def _all_through(contestant: Contestant, level: Level, cases: list[Case], arrivals: Arrivals) -> list[float]:
    waiting = iter(cases)
    async with asyncio.TaskGroup() as group:
        lanes = [
            group.create_task(_one_after_the_other(contestant, level, waiting, arrivals))
            for _ in range(level.in_flight)
        ]
    return [latency for lane in lanes for latency in lane.result()]


async def _one_after_the_other(
    contestant: Contestant, level: Level, waiting: Iterator[Case], arrivals: Arrivals
) -> list[float]:
    latencies = []
    for case in waiting:
        async with asyncio.timeout(WALK_SECONDS):
            latencies.append(await _through(contestant, level, case, arrivals))
    return latencies


async def _through(contestant: Contestant, level: Level, case: Case, arrivals: Arrivals) -> float:
    """One onboarding from the training to the end of its run; its request-to-mail latency."""
    await contestant.register_training(case)
    await asyncio.sleep(level.rest)
    arrival = arrivals.first(case.recipient)
    asked = time.monotonic()
    await contestant.request_access(case)
    latency = await arrival - asked
    await contestant.complete_registration(case)
    await contestant.run(case).result()
    return latency


async def _until_it_waits(run: WorkflowHandle[object, object]) -> None:
    async with asyncio.timeout(WALK_SECONDS):
        while await _history_length(run) < STARTED_EVENTS:  # noqa: ASYNC110 - the event is Temporal's
            await asyncio.sleep(0.1)


async def _history_length(run: WorkflowHandle[object, object]) -> int:
    """0 for a run that has not been started yet."""
    try:
        return (await run.describe()).history_length
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return 0
        raise


async def _events(contestant: Contestant, cases: list[Case]) -> float:
    return statistics.median([await _history_length(contestant.run(case)) for case in cases[:LOOKED_AT]])


def _require_every_mail(cases: list[Case], arrivals: Arrivals) -> None:
    """A contestant that sends fewer mails than the others would win for nothing."""
    for case in cases:
        found = arrivals.count[case.recipient], arrivals.count[case.requester]
        if found != (MAILS, MAILS):
            raise AssertionError(f"onboarding {case.id}: {found} mails to recipient and requester, not {MAILS} each")
