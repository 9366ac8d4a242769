"""Child processes that end with us, however we end: each has a guard (guard.py) and a session of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path

from passerelle.embedded import guard

FORCED_SECONDS = 10
LOG_LIMIT_BYTES = 10_000_000


class StartError(Exception):
    """Something needed could not be started; the message is for a person, in whole sentences."""


@dataclass(frozen=True)
class Account:
    """A system account that a child runs as."""

    uid: int | None = None
    """None, as for the group, means whoever started us."""
    gid: int | None = None

    @property
    def is_ours(self) -> bool:
        return self.uid is None

    def give(self, path: Path) -> None:
        """Makes the account the owner of `path`."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Command:
    """What to run and how it wishes to be stopped."""

    arguments: Sequence[str]
    environment: Mapping[str, str] | None = None
    """None means our own."""
    directory: Path = Path("/")
    account: Account = field(default_factory=Account)
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10
    """Seconds between the stop signal and SIGKILL."""

    def guarded(self) -> list[str]:
        """The command line of the guard that runs it. -I and -S keep the guard's own start near 10 ms."""
        return [
            *(sys.executable, "-I", "-S", guard.__file__),
            *(str(self.stop_signal.value), str(self.grace)),
            *(str(guard.KEEP if number is None else number) for number in (self.account.uid, self.account.gid)),
            *self.arguments,
        ]


class GuardedProcess:
    """A running command. It stops when `stop` or `kill` is called and also when this very process dies."""

    def __init__(self, command: Command, log: Path, held_lock: int | None = None) -> None:
        """Output is appended to `log`. The guard keeps `held_lock`, a flock()ed descriptor, until it ends."""
        self._command = command
        self._log = log
        # One thread waits while another gives orders: the pipe must not be closed under a write.
        self._pipe_in_use = threading.Lock()
        with _opened(log) as output:
            self._log_start = output.tell()
            self._guard = subprocess.Popen(
                command.guarded(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=command.directory,
                env=command.environment,
                start_new_session=True,
                pass_fds=() if held_lock is None else (held_lock,),
            )

    @property
    def process_id(self) -> int:
        """The guard's; the command runs below it."""
        return self._guard.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 128 + n when signal n ended it."""
        return self._guard.poll()

    def stop(self) -> None:
        """Asks it to end, with a bound; returns at once. Harmless when it has ended."""
        self._order(guard.STOP)

    def kill(self) -> None:
        """Ends it and everything it started, now. Harmless when it has ended."""
        self._order(guard.KILL)

    def wait(self) -> int:
        """Blocks until it has ended; its exit code."""
        code = self._guard.wait()
        self._close()
        return code

    def end(self) -> None:
        """Stops it and blocks until it has ended."""
        self.stop()
        try:
            self._guard.wait(self._command.grace + FORCED_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.wait()

    def output(self, lines: int = 15) -> str:
        """The last lines it wrote since it was started."""
        with self._log.open("rb") as written:
            written.seek(self._log_start)
            return "\n".join(written.read().decode(errors="replace").splitlines()[-lines:])

    def _order(self, order: bytes) -> None:
        pipe = self._guard.stdin
        with self._pipe_in_use, suppress(BrokenPipeError):
            if pipe is not None and not pipe.closed:
                os.write(pipe.fileno(), order)

    def _close(self) -> None:
        with self._pipe_in_use:
            if self._guard.stdin is not None:
                self._guard.stdin.close()


def _opened(log: Path) -> BufferedWriter:
    """The log, opened for appending; one that has grown past LOG_LIMIT_BYTES is kept once, as <name>.1."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")
