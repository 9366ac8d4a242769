"""The embedded PostgreSQL: one directory, durable, nothing else on the machine."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from passerelle.embedded import cluster, postgres
from passerelle.embedded.ports import LOOPBACK, free_port, is_answering
from passerelle.embedded.process import StartError
from tests.embedded.laptop import descendants


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return None if row is None else row[0]


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database directory that was made and stopped; its path is longer than a Unix socket's may be."""
    directory = tmp_path_factory.mktemp("long") / ("x" * 120)
    server = postgres.start(directory, durable=False)
    tell(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that spoils it."""
    copied = tmp_path / "postgres"
    shutil.copytree(made, copied, symlinks=True)
    if os.geteuid() == 0:
        account = cluster.prepare(made).account
        for path in (copied / "password", *copied.joinpath("cluster").rglob("*"), copied / "cluster"):
            account.give(path)
    return copied


def test_what_was_written_is_there_after_a_stop_and_a_start(made: Path) -> None:
    server = postgres.start(made, durable=False)
    try:
        assert server.url.startswith("postgresql+psycopg://")
        assert ask(server.url, "SELECT current_database()") == "passerelle"
        assert ask(server.url, "SELECT answer FROM kept") == 42
    finally:
        server.stop()


def test_a_durable_server_waits_for_the_disk(made: Path) -> None:
    server = postgres.start(made)
    try:
        settings = [ask(server.url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
        assert settings == ["on", "on", "on"]
    finally:
        server.stop()


def test_case_and_order_of_accented_letters_are_the_same_on_every_machine(made: Path) -> None:
    server = postgres.start(made, durable=False)
    try:
        assert ask(server.url, "SELECT lower('ÉCOLE ŒUVRE')") == "école œuvre"
        assert ask(server.url, "SHOW timezone") == "UTC"
    finally:
        server.stop()


def test_a_stop_leaves_no_process_and_frees_the_port(made: Path) -> None:
    port = free_port()
    before = set(descendants(os.getpid()))
    server = postgres.start(made, port=port, durable=False)
    assert is_answering(LOOPBACK, port)
    server.stop()
    assert set(descendants(os.getpid())) <= before
    assert not is_answering(LOOPBACK, port)


def test_the_folders_above_stay_closed_and_may_be_closed_further_while_it_runs(tmp_path: Path) -> None:
    """Root's server runs as an account that is not let in there; once it panicked at the next checkpoint."""
    above = tmp_path / "above"
    above.mkdir(mode=0o700)
    server = postgres.start(above / "postgres", durable=False)
    try:
        assert above.stat().st_mode & 0o777 == 0o700
        above.chmod(0o500)
        tell(server.url, "CHECKPOINT")
        tell(server.url, "CREATE DATABASE another TEMPLATE passerelle STRATEGY file_copy")
    finally:
        above.chmod(0o700)
        server.stop()


def test_nobody_gets_in_without_the_password(made: Path) -> None:
    server = postgres.start(made, durable=False)
    try:
        with pytest.raises(psycopg.OperationalError, match="password"):
            ask(server.url.replace(cluster.password(made), "guess"), "SELECT 1")
        assert (made / "password").stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_a_start_that_was_killed_while_making_the_database_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "cluster.unfinished").mkdir()
    (tmp_path / "cluster.unfinished" / "PG_VERSION").write_text("18\n")
    server = postgres.start(tmp_path, durable=False)
    server.stop()
    assert not (tmp_path / "cluster.unfinished").exists()


def test_a_process_number_that_now_is_another_program_s_does_not_keep_it_from_starting(directory: Path) -> None:
    """After a power cut postmaster.pid stays, and the number in it may be anybody's."""
    (directory / "cluster" / "postmaster.pid").write_text(f"{os.getppid()}\n/elsewhere\n")
    server = postgres.start(directory, durable=False)
    server.stop()


def test_a_database_that_cannot_start_ends_with_the_last_lines_of_its_log(directory: Path) -> None:
    (directory / "cluster" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(StartError, match=r"9\.6"):
        postgres.start(directory, durable=False)


def test_a_lost_password_is_said_at_once_and_not_after_a_minute(directory: Path) -> None:
    (directory / "password").write_text("something else")
    with pytest.raises(StartError, match="is not the database's own"):
        postgres.start(directory, durable=False)


def test_variables_meant_for_another_postgresql_do_not_steer_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    assert "PGPORT" not in cluster.environment()
    assert cluster.environment()["LC_ALL"] == "C"
