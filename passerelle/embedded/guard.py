"""Keeps one child process from outliving whoever asked for it.

Run as a script: `python -I -S guard.py STOP_SIGNAL GRACE_SECONDS UID GID COMMAND…` with a pipe from the owner
as standard input. The byte `s`, or the end of the pipe because the owner died in whatever way, sends STOP_SIGNAL
to the child and SIGKILL to its process group GRACE_SECONDS later; the byte `k` kills at once. The guard ends when
the child has ended, with its exit code, or 128 plus the number of the signal that ended it.

Imports the standard library only and nothing slow, so that it costs about 10 ms and 9 MB per child.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Sequence

KEEP = -1
"""As UID and GID: the child runs as the account that the guard runs as."""
CANNOT_RUN = 127
STOP, KILL = b"s", b"k"


def main(arguments: Sequence[str]) -> int:
    """Runs the command until it ends or must end; the exit code as described above."""
    stop_signal, grace, uid, gid, *command = arguments
    wakeup = _listen_for_signals()
    child = _spawn(command, int(uid), int(gid))
    return _watch(child, wakeup, signal.Signals(int(stop_signal)), float(grace))


def _listen_for_signals() -> int:
    """A descriptor, readable when a child ends or SIGTERM arrives. The terminal's keys do nothing."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return readable


def _spawn(command: list[str], uid: int, gid: int) -> int:
    reached, leaves = os.pipe()
    child = os.fork()
    if child:
        os.close(leaves)
        # A signal sent before the child let go of our handlers would be lost: wait until it has.
        os.read(reached, 1)
        return child
    try:
        _become(uid, gid)
        os.execvp(command[0], command)  # noqa: S606 - there is no shell on purpose
    except OSError as error:
        print(f"{command[0]} cannot be run: {error.strerror}", file=sys.stderr, flush=True)
    finally:
        os._exit(CANNOT_RUN)


def _become(uid: int, gid: int) -> None:
    """Everything that the child must not inherit is let go here, between fork and exec."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # A wake-up descriptor would be written to by handlers that exec has already removed.
    signal.set_wakeup_fd(-1)
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGTERM,
        signal.SIGCHLD,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):
        signal.signal(number, signal.SIG_DFL)
    # The lock that the guard holds for its owner must end with the guard. Tells `_spawn` that we got here, too.
    os.closerange(3, 256)
    if uid != KEEP:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _watch(child: int, wakeup: int, stop_signal: signal.Signals, grace: float) -> int:
    sources = [0, wakeup]
    deadline: float | None = None
    while (code := _exit_code(child)) is None:
        patience = None if deadline is None else max(0.0, deadline - time.monotonic())
        readable, _, _ = select.select(sources, [], [], patience)
        order = os.read(0, 1) if 0 in readable else None
        if order == b"":
            sources = [wakeup]
        told = wakeup in readable and signal.SIGTERM in os.read(wakeup, 64)
        if order == KILL or (deadline is not None and time.monotonic() >= deadline):
            _kill_group(child)
            deadline = time.monotonic() + 1
        elif deadline is None and (told or order in (STOP, b"")):
            os.kill(child, stop_signal)
            deadline = time.monotonic() + grace
    # What the child itself started and left behind must not stay either.
    _kill_group(child)
    return code


def _exit_code(child: int) -> int | None:
    pid, status = os.waitpid(child, os.WNOHANG)
    if not pid:
        return None
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        # macOS answers this for a group of which only zombies are left.
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
