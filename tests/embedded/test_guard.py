"""Children end with their owner, however it ends (the issue's «no orphan process even after kill -9»)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from passerelle.embedded.lock import DataDirectoryLock, is_running
from passerelle.embedded.process import Command, GuardedProcess
from passerelle.embedded.services import ROOT
from tests.embedded.laptop import descendants, eventually, is_alive

STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.1; done"
OWNER = """
import sys, time
from pathlib import Path
from passerelle.embedded.process import Command, GuardedProcess
GuardedProcess(Command(["sh", "-c", sys.argv[1]], grace=0.5), Path(sys.argv[2]))
print("started", flush=True)
time.sleep(60)
"""


def shell(script: str, tmp_path: Path, grace: float = 5) -> GuardedProcess:
    return GuardedProcess(Command(["sh", "-c", script], grace=grace), tmp_path / "log")


def written(tmp_path: Path, text: str) -> None:
    """Waits until the child has written the text."""
    eventually(lambda: text in (tmp_path / "log").read_text())


@pytest.mark.parametrize("script", ["sleep 60 & sleep 60", STUBBORN], ids=["a family", "one that ignores SIGTERM"])
def test_a_kill_9_of_the_owner_leaves_no_process_of_its_tree(script: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, script, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "started\n"
        eventually(lambda: len(descendants(owner.pid)) >= 3)
        tree = descendants(owner.pid)
        owner.kill()
    eventually(lambda: not any(map(is_alive, tree)))


def test_stop_sends_the_command_s_own_signal_and_hands_on_its_exit_code(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 7' INT; echo up; while :; do sleep 0.05; done"
    process = GuardedProcess(Command(["sh", "-c", script], stop_signal=signal.SIGINT), tmp_path / "log")
    written(tmp_path, "up")
    process.stop()
    assert process.wait() == 7
    assert process.output() == "up\nbye"


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    process = shell(STUBBORN, tmp_path, grace=0.3)
    written(tmp_path, "up")
    process.stop()
    assert process.wait() == 128 + signal.SIGKILL


def test_kill_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    process = shell(STUBBORN, tmp_path, grace=3600)
    written(tmp_path, "up")
    process.stop()
    process.kill()
    assert process.wait() == 128 + signal.SIGKILL


def test_a_stop_right_after_the_start_is_not_lost(tmp_path: Path) -> None:
    for _ in range(20):
        process = shell("exec sleep 60", tmp_path, grace=3600)
        process.stop()
        assert process.wait() == 128 + signal.SIGTERM


def test_a_child_that_ends_by_itself_takes_what_it_left_behind_with_it(tmp_path: Path) -> None:
    process = shell("sleep 60 & echo $!; exit 3", tmp_path)
    assert process.wait() == 3
    assert not is_alive(int(process.output()))


def test_the_terminal_s_keys_reach_neither_guard_nor_child(tmp_path: Path) -> None:
    """Ctrl-C goes to the terminal's foreground process group, which lies within our session."""
    process = shell("sleep 60", tmp_path)
    guard, *_ = descendants(os.getpid())
    eventually(lambda: descendants(guard))
    try:
        assert os.getsid(guard) != os.getsid(0)
        assert os.getsid(descendants(guard)[0]) not in {os.getsid(0), os.getsid(guard)}
    finally:
        process.end()


def test_a_program_that_does_not_exist_says_so_in_its_log(tmp_path: Path) -> None:
    process = GuardedProcess(Command(["/no/such/program"]), tmp_path / "log")
    assert process.wait() == 127
    assert process.output() == "/no/such/program cannot be run: No such file or directory"


def test_a_child_reads_nothing_from_the_terminal_and_keeps_no_lock(tmp_path: Path) -> None:
    lock = DataDirectoryLock(tmp_path / "data")
    lock.take(print)
    command = Command(["sh", "-c", "cat; ls /dev/fd | wc -l"])
    process = GuardedProcess(command, tmp_path / "log", lock.children)
    assert process.wait() == 0
    # The three standard streams, and the one with which ls reads the folder.
    assert int(process.output()) == 4
    lock.release()


def test_the_guard_keeps_the_lock_until_its_child_has_ended(tmp_path: Path) -> None:
    """Otherwise a start right after a kill -9 would meet the last run's servers."""
    lock = DataDirectoryLock(tmp_path)
    lock.take(print)
    process = GuardedProcess(Command(["sleep", "60"]), tmp_path / "log", lock.children)
    lock.release()
    assert not is_running(tmp_path)

    heard: list[str] = []

    def say(sentence: str) -> None:
        heard.append(sentence)
        process.stop()

    following = DataDirectoryLock(tmp_path)
    following.take(say)
    assert "waiting for its servers to stop" in heard[0]
    assert process.wait() == 128 + signal.SIGTERM
    following.release()


def test_a_log_that_has_grown_large_is_kept_once_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passerelle.embedded.process.LOG_LIMIT_BYTES", 3)
    assert shell("echo first", tmp_path).wait() == 0
    assert shell("echo second", tmp_path).wait() == 0
    assert (tmp_path / "log").read_text() == "second\n"
    assert (tmp_path / "log.1").read_text() == "first\n"
