"""One run at a time for a data directory, and none before the last run's children have ended."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from passerelle.embedded.process import StartError

LEFTOVER_SECONDS = 45
"""Longer than the longest grace of a child (process.Command), after which its guard kills it."""


class DataDirectoryLock:
    """Two flock()s, given back by the kernel however we end.

    `run.lock` is ours alone. `children.lock` is shared with the guards, so it stays taken after a `kill -9` of us
    until the last child has ended.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._run = _opened(directory / "run.lock")
        self.children = _opened(directory / "children.lock")

    def take(self, say: Callable[[str], None]) -> None:
        """Takes both. Raises StartError when another run has the directory."""
        if not _try(self._run):
            process_id = os.pread(self._run, 20, 0).decode() or "unknown"
            raise StartError(
                f"Passerelle is already running with the data in {self._directory} (process {process_id}). "
                "Stop it with Ctrl-C there, or set PASSERELLE_DATA_DIR to another folder."
            )
        os.ftruncate(self._run, 0)
        os.pwrite(self._run, str(os.getpid()).encode(), 0)
        if not _try(self.children):
            say("The last run was ended by force; waiting for its servers to stop …")
            self._wait_for_children()

    def release(self) -> None:
        """Gives both back; the files stay, as removing them would let two runs hold two different files."""
        os.close(self._run)
        os.close(self.children)

    def _wait_for_children(self) -> None:
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while not _try(self.children):
            if time.monotonic() > deadline:
                raise StartError(f"Servers of the last run still use {self._directory}. Stop them first.")
            time.sleep(0.1)


def is_running(directory: Path) -> bool:
    """Whether a run has the data directory at this moment."""
    if not (directory / "run.lock").exists():
        return False
    descriptor = _opened(directory / "run.lock")
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
