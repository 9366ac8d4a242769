"""`python -m passerelle up`, as a whole: start, second start, every way to end it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from passerelle.embedded.ports import LOOPBACK, get
from tests.embedded.laptop import PORTS, Laptop, children, descendants, eventually, is_alive, read_until

SERVERS = "--only=postgres,temporal,mail"
SERVERS_PORTS = [name for name in PORTS if name != "HTTP"]
READY = "Passerelle is ready."
pytestmark = pytest.mark.xdist_group("up")


@contextmanager
def up(laptop: Laptop, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A run that is ready, killed with its tree at the end of the test if it still runs."""
    with laptop.begin("up", *arguments) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]") -> str:
    """The rest of the output of a run that ends by itself."""
    output, _ = process.communicate(timeout=60)
    return output


def test_ctrl_c_stops_every_child_and_the_next_start_continues_with_the_data(laptop: Laptop) -> None:
    with up(laptop, SERVERS) as process:
        read_until(process, READY)
        assert set(laptop.answering()) == set(SERVERS_PORTS)
        tree = descendants(process.pid)
        mark = laptop.directory / "postgres" / "cluster" / "PG_VERSION"
        made = mark.stat().st_mtime_ns
        process.send_signal(signal.SIGINT)
        assert ended(process).endswith("Everything is stopped.\n")
        assert process.returncode == 0
    assert not any(map(is_alive, tree))
    assert laptop.answering() == []
    began = time.monotonic()
    with up(laptop, SERVERS) as process:
        read_until(process, READY)
        assert time.monotonic() - began <= 5, "a second start is ready within 5 seconds"
        assert mark.stat().st_mtime_ns == made


def test_no_process_is_left_after_a_kill_9_and_a_start_at_once_after_it_works(laptop: Laptop) -> None:
    with up(laptop, SERVERS) as process:
        read_until(process, READY)
        tree = descendants(process.pid)
        # A guard each, and what it guards; PostgreSQL has processes of its own.
        assert len(tree) >= 6
        process.kill()
        process.wait()
        with up(laptop, SERVERS) as following:
            read_until(following, READY)
            assert not any(map(is_alive, tree))
            following.terminate()
            assert ended(following).endswith("Everything is stopped.\n")
    assert laptop.answering() == []


def test_a_second_up_says_that_it_is_running_and_does_not_harm_the_first(laptop: Laptop) -> None:
    with up(laptop, SERVERS) as process:
        read_until(process, READY)
        before = children(process.pid)
        second = laptop.run("up", SERVERS)
        assert second.returncode == 1
        assert f"already running with the data in {laptop.directory} (process {process.pid})" in second.stderr
        assert children(process.pid) == before
        assert set(laptop.answering()) == set(SERVERS_PORTS)


def test_a_taken_port_is_one_sentence_with_its_setting_and_nothing_is_started(laptop: Laptop) -> None:
    with socket.create_server((LOOPBACK, laptop.ports["HTTP"])):
        refused = laptop.run("up")
    assert refused.returncode == 1
    expected = f"Port {laptop.ports['HTTP']} is taken. Set PASSERELLE_HTTP_PORT to another one."
    assert refused.stderr.strip() == expected
    assert not (laptop.directory / "postgres").exists()


def test_two_settings_with_one_port_are_told_apart(laptop: Laptop) -> None:
    refused = laptop.run("up", PASSERELLE_MAIL_PORT=str(laptop.ports["HTTP"]))
    assert refused.returncode == 1
    assert "PASSERELLE_MAIL_PORT and PASSERELLE_HTTP_PORT are both" in refused.stderr


def test_a_service_that_does_not_exist_is_refused_with_those_that_do(laptop: Laptop) -> None:
    refused = laptop.run("up", "--only=redis")
    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("There is no redis to start; there is postgres, temporal, mail, ")


def test_a_setting_that_is_not_understood_is_a_sentence_and_no_traceback(laptop: Laptop) -> None:
    refused = laptop.run("up", PASSERELLE_HTTP_PORT="eighty")
    assert refused.returncode == 1
    assert "PASSERELLE_HTTP_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_server_that_dies_is_started_again(laptop: Laptop) -> None:
    with up(laptop, "--only=mail") as process:
        read_until(process, READY)
        guard = descendants(process.pid)[0]
        os.kill(descendants(guard)[0], signal.SIGKILL)
        read_until(process, "The mail catcher ended by itself (exit code 137). Starting it again …")
        eventually(lambda: laptop.answering(["MAIL", "MAIL_SMTP"]) == ["MAIL", "MAIL_SMTP"])


def test_what_is_kept_is_its_owner_s_only(laptop: Laptop) -> None:
    with up(laptop, SERVERS) as process:
        read_until(process, READY)
        kept = [laptop.directory / name for name in ("mail", "logs", "temporal.db", "secret-key")]
        assert [path.stat().st_mode & 0o077 for path in kept] == [0] * len(kept)


def test_a_relative_data_folder_with_a_long_path_serves_as_well(laptop: Laptop, tmp_path: Path) -> None:
    """A Unix socket below it would have too long a path."""
    laptop.directory = Path(os.path.relpath(tmp_path / ("x" * 60) / ("y" * 60)))
    laptop.variables["PASSERELLE_DATA_DIR"] = os.path.relpath(laptop.directory, start=Path.cwd())
    with up(laptop, SERVERS) as process:
        read_until(process, READY)


# From here on the worker, the application, the migrations and the demo data take part.


def test_everything_starts_stops_at_ctrl_c_and_starts_again(laptop: Laptop) -> None:
    with up(laptop) as process:
        first = read_until(process, "Ctrl-C stops everything")
        assert f"http://localhost:{laptop.ports['HTTP']}/fr/plateforme" in first
        assert "Demo accounts" in first
        tree = descendants(process.pid)
        assert get(LOOPBACK, laptop.ports["HTTP"], "/readyz")
        assert laptop.run("doctor").returncode == 0
        process.send_signal(signal.SIGINT)
        assert ended(process).endswith("Everything is stopped.\n")
    assert not any(map(is_alive, tree))
    start_and_kill(laptop)
    assert laptop.answering() == []


def start_and_kill(laptop: Laptop) -> None:
    """A second start, ended by kill -9, which may leave nothing. `bench/starting.py` says how long a start takes."""
    with up(laptop) as process:
        read_until(process, READY)
        tree = descendants(process.pid)
        process.kill()
        process.wait()
        eventually(lambda: not any(map(is_alive, tree)), seconds=40)
