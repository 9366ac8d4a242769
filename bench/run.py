"""Runs a plan: everything started, warmed up, measured in turn, stopped."""

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.arrivals import Arrivals
from bench.bare_contestant import Bare
from bench.contestants import Contestant
from bench.cpu import sync_seconds
from bench.load import Cell, measure
from bench.passerelle_contestant import Passerelle
from bench.plan import Level, Plan
from bench.report import Report, reported
from bench.stand import Stand, forget_settings, stand
from passerelle.embedded.services import ROOT
from passerelle.orchestration import connect


def run(plan: Plan) -> Report:
    """Takes the plan's time and leaves nothing behind. Raises StartError, or TimeoutError for a stuck onboarding."""
    forget_settings()
    # Not the system's folder for temporary files, which is often in memory: a commit there waits for nothing.
    (ROOT / ".passerelle").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / ".passerelle") as name:
        directory = Path(name)
        machine = _machine(directory)
        with stand(directory) as standing:
            rounds = asyncio.run(_rounds(plan, standing))
    return reported(datetime.now(UTC).isoformat(timespec="seconds"), plan, rounds, machine)


async def _rounds(plan: Plan, standing: Stand) -> list[list[Cell]]:
    client = await connect(standing.temporal_address)
    async with Arrivals.of(standing.feed_port) as arrivals, Passerelle.of(standing.settings, client) as passerelle:
        contestants: list[Contestant] = [passerelle, Bare(client, local=False), Bare(client, local=True)]
        everybody = _Everybody(contestants, arrivals, standing)
        await everybody.measured([plan.warm_up])
        begin, rounds = time.monotonic(), [await everybody.measured(plan.levels)]
        # The next round takes as long as the last ones did.
        while (time.monotonic() - begin) * (1 + 1 / len(rounds)) <= plan.seconds:
            rounds.append(await everybody.measured(plan.levels))
        return rounds


class _Everybody:
    """All contestants, one after the other at each level."""

    def __init__(self, contestants: Sequence[Contestant], arrivals: Arrivals, standing: Stand) -> None:
        self._contestants = contestants
        self._arrivals = arrivals
        self._standing = standing

    async def measured(self, levels: Sequence[Level]) -> list[Cell]:
        return [await self._measured(contestant, level) for level in levels for contestant in self._contestants]

    async def _measured(self, contestant: Contestant, level: Level) -> Cell:
        cell = await measure(contestant, level, self._arrivals, self._standing.processes)
        print(f"  {level.name:>8}  {cell.contestant:<11}{cell.per_second:7.1f} onboardings/s", flush=True)
        return cell


def _machine(directory: Path) -> dict[str, str | float]:
    return {
        "cores": os.cpu_count() or 0,
        "system": platform.system(),
        "python": platform.python_version(),
        "load before": round(os.getloadavg()[0], 1),
        "ms for a write to be safe": round(sync_seconds(directory) * 1000, 2),
    }
