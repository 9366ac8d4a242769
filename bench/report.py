"""What the measurements come to: medians over the rounds, ratios within each round."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.load import Cell
from bench.plan import Plan

US = "passerelle"
OTHERS = ("bare", "bare_local")
MILLI = 1000


@dataclass(frozen=True)
class Figures:
    """One contestant at one level."""

    per_second: float
    p50_ms: float
    p99_ms: float
    """Request to mail, over the samples of all rounds."""
    cpu_ms: dict[str, float]
    """Per onboarding, by process; those of the contestant, both servers, the driver and the mail sink."""
    events: float


@dataclass(frozen=True)
class Ratios:
    """Passerelle's figure over the other's: the median of the rounds, each compared within itself."""

    throughput: float
    throughput_range: tuple[float, float]
    p50: float
    cpu: float


@dataclass(frozen=True)
class Report:
    """`figures` and `ratios` by contestant, then by level."""

    date: str
    """RFC 3339, UTC."""
    lane: str
    rounds: int
    onboardings: int
    """Taken through in all measurements together."""
    machine: dict[str, str | float]
    figures: dict[str, dict[str, Figures]]
    ratios: dict[str, dict[str, Ratios]]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def reported(date: str, plan: Plan, rounds: Sequence[Sequence[Cell]], machine: dict[str, str | float]) -> Report:
    """The report of these measurements, each round with every contestant at every level."""
    cells = [cell for cells in rounds for cell in cells]
    levels = [level.name for level in plan.levels]
    figures = {name: {level: _figures(_of(cells, name, level)) for level in levels} for name in (US, *OTHERS)}
    ratios = {other: {level: _ratios(rounds, other, level) for level in levels} for other in OTHERS}
    return Report(date, plan.lane, len(rounds), sum(cell.count for cell in cells), machine, figures, ratios)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of them does not exceed."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def _of(cells: Sequence[Cell], contestant: str, level: str) -> list[Cell]:
    return [cell for cell in cells if (cell.contestant, cell.level) == (contestant, level)]


def _figures(cells: Sequence[Cell]) -> Figures:
    latencies = [latency for cell in cells for latency in cell.latencies]
    cpu = {
        process: statistics.median(cell.cpu[process] / cell.count for cell in cells) * MILLI for process in cells[0].cpu
    }
    return Figures(
        per_second=round(statistics.median(cell.per_second for cell in cells), 2),
        p50_ms=round(statistics.median(latencies) * MILLI, 1),
        p99_ms=round(percentile(latencies, 0.99) * MILLI, 1),
        cpu_ms={process: round(spent, 1) for process, spent in cpu.items()},
        events=statistics.median(cell.events for cell in cells),
    )


def _ratios(rounds: Sequence[Sequence[Cell]], other: str, level: str) -> Ratios:
    pairs = [(_of(cells, US, level)[0], _of(cells, other, level)[0]) for cells in rounds]
    throughput = [ours.per_second / theirs.per_second for ours, theirs in pairs]
    return Ratios(
        throughput=round(statistics.median(throughput), 2),
        throughput_range=(round(min(throughput), 2), round(max(throughput), 2)),
        p50=_ratio([statistics.median(ours.latencies) / statistics.median(theirs.latencies) for ours, theirs in pairs]),
        cpu=_ratio([_cpu(ours) / _cpu(theirs) for ours, theirs in pairs]),
    )


def _ratio(ratios: Sequence[float]) -> float:
    return round(statistics.median(ratios), 2)


def _cpu(cell: Cell) -> float:
    return sum(cell.cpu.values()) / cell.count
