"""How long `make run` takes to be ready, the first time and after: `python -m bench.starting`."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from passerelle.embedded.ports import free_port

PORTS = ("HTTP", "MAIL", "MAIL_SMTP", "TEMPORAL", "TEMPORAL_UI", "DATABASE")
READY = "Passerelle is ready."
STARTS = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="passerelle-start-") as directory:
        variables = {**os.environ, "PASSERELLE_DATA_DIR": directory}
        variables |= {f"PASSERELLE_{name}_PORT": str(free_port()) for name in PORTS}
        first, *later = [_seconds_to_ready(variables) for _ in range(1 + STARTS)]
    print(f"first start {first:.1f} s")
    print(f"later starts {min(later):.1f} / {statistics.median(later):.1f} / {max(later):.1f} s (min / median / max)")


def _seconds_to_ready(variables: Mapping[str, str]) -> float:
    began = time.monotonic()
    with _started(variables) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(READY):
                return time.monotonic() - began
    raise RuntimeError("it ended before it was ready")


@contextmanager
def _started(variables: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "passerelle", "up"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


if __name__ == "__main__":
    main()
