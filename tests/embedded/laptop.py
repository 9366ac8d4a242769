"""A laptop of a test's own: free ports, a folder, and `python -m passerelle` with both."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from passerelle.embedded.ports import LOOPBACK, free_port, get, is_answering
from passerelle.embedded.services import ROOT

PORTS = ("HTTP", "DATABASE", "MAIL", "MAIL_SMTP", "TEMPORAL", "TEMPORAL_UI")
FOREIGN = ("PASSERELLE_", "TEMPORAL_")


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    """Waits until the condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.02)


def is_alive(process_id: int) -> bool:
    """Whether a process runs under that number; one that has ended but was not yet buried does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() != "" and not shown.stdout.startswith("Z")


# A shell that runs the tests in the background has Ctrl-C ignored for all that it starts.
AS_IN_A_TERMINAL = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, '-m', 'passerelle', *sys.argv[1:]])"
)


def descendants(process_id: int) -> list[int]:
    """Every process below it, guards and their children included, whatever their session."""
    parents = _parents()
    found = [process_id]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found[1:]


def children(process_id: int) -> set[int]:
    """The processes that it started itself: what they start in turn, such as PostgreSQL's workers, comes and goes."""
    return {child for child, parent in _parents().items() if parent == process_id}


def _parents() -> dict[int, int]:
    with subprocess.Popen(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True) as asking:
        shown, _ = asking.communicate()
    pairs = (map(int, line.split()) for line in shown.splitlines())
    return {child: parent for child, parent in pairs if child != asking.pid}


class Laptop:
    """Runs our commands with everything kept in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = {name: free_port() for name in PORTS}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.variables = {
            **inherited,
            **{f"PASSERELLE_{name}_PORT": str(port) for name, port in self.ports.items()},
            "PASSERELLE_DATA_DIR": str(directory),
        }

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """`python -m passerelle …` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "passerelle", *arguments],
            env={**self.variables, **variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """`python -m passerelle …` in the background, in a session of its own, its output piped."""
        return subprocess.Popen(
            [sys.executable, "-c", AS_IN_A_TERMINAL, *arguments],
            env=self.variables,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def mail(self, path: str = "") -> object:
        """What the mail catcher's JSON interface answers at /api/messages + path."""
        return json.loads(get(LOOPBACK, self.ports["MAIL"], f"/api/messages{path}"))

    def answering(self, names: Iterable[str] = PORTS) -> list[str]:
        """Those of its ports that accept connections now."""
        return [name for name in names if is_answering(LOOPBACK, self.ports[name])]


def read_until(process: "subprocess.Popen[str]", sentence: str) -> str:
    """The output up to the line that has the sentence. Fails when the process ends without it."""
    assert process.stdout is not None
    read = ""
    for line in process.stdout:
        read += line
        if sentence in line:
            return read
    raise AssertionError(f"it ended without «{sentence}»:\n{read}")
