"""CPU time of processes, and what the disk costs."""

import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

SYNCS = 50


def cpu_seconds(process_id: int) -> float:
    """What the process and everything below it have used until now, children that have ended included."""
    below = [child.pid for child in psutil.Process(process_id).children(recursive=True)]
    return sum(map(_own, [process_id, *below]))


def cpu_of(process_ids: Mapping[str, int]) -> dict[str, float]:
    """The same by name."""
    return {name: cpu_seconds(process_id) for name, process_id in process_ids.items()}


def own_cpu() -> float:
    """This process without its children."""
    return time.process_time()


def sync_seconds(directory: Path) -> float:
    """How long a small write takes to be safe on the disk (median): what each commit waits for."""
    taken = []
    with (directory / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            begin = time.perf_counter()
            file.write(b"0" * 512)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _own(process_id: int) -> float:
    try:
        times = psutil.Process(process_id).cpu_times()
    except psutil.NoSuchProcess:
        return 0
    ended = getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return float(times.user + times.system + ended)
