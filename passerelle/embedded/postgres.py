"""PostgreSQL from a wheel, started and stopped in a directory of its own.

It listens on 127.0.0.1 with a password rather than on a Unix socket: a socket's path may have 107 characters at
most (103 on macOS) and cannot be made on every file system. Without the password every account of the machine
would be a superuser.
"""

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

from passerelle.embedded.cluster import OWNER, Cluster, binaries, environment, password, prepare
from passerelle.embedded.ports import LOOPBACK, free_port
from passerelle.embedded.process import Command, GuardedProcess, StartError

DATABASE = "passerelle"
START_SECONDS = 60
PORT_TRIES = 3

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Three processes fewer; a laptop's database reads too little to need them.
    "io_method": "sync",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests only: commits are several times faster, and a power cut would lose the database."""


@dataclass(frozen=True)
class RunningPostgres:
    """A server that stops with `stop()`, and by itself when this process dies."""

    url: str
    """SQLAlchemy's form, with the password."""
    process: GuardedProcess

    def stop(self) -> None:
        """Stops the server and blocks until it has ended."""
        self.process.end()


def start(directory: Path, *, port: int | None = None, durable: bool = True) -> RunningPostgres:
    """A server on the database in `directory`, made if there is none, with the database `passerelle` in it.

    Without a port it takes a free one. `durable=False` is for tests. As root the server runs as a system
    account. Raises StartError with the end of the server's log.
    """
    cluster = prepare(directory.resolve(), durable=durable)
    for tries_left in reversed(range(PORT_TRIES)):
        try:
            return _start_on(port or free_port(), cluster, durable=durable)
        except StartError as error:
            # Somebody may have taken the free port between the choice and the start.
            if port or not tries_left or "already in use" not in str(error):
                raise
    raise AssertionError("the last try returns or raises")


def command(cluster: Cluster, port: int, *, durable: bool = True) -> Command:
    """How to run the server. SIGINT is PostgreSQL's fast shutdown: connections end, nothing is lost."""
    settings = {**SETTINGS, **({} if durable else FORGETFUL), "port": str(port)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Command(
        [str(binaries() / "postgres"), "-D", cluster.as_its_server_sees(cluster.files), *options],
        environment=environment(),
        directory=cluster.files,
        account=cluster.account,
        stop_signal=signal.SIGINT,
        grace=20,
    )


def url(directory: Path, port: int) -> str:
    """SQLAlchemy's URL of the database in `directory`. Raises FileNotFoundError before it was made."""
    return f"postgresql+psycopg://{OWNER}:{quote(password(directory), safe='')}@{LOOPBACK}:{port}/{DATABASE}"


def ensure_database(database_url: str) -> None:
    """Makes the URL's database if it is missing. Raises psycopg.OperationalError while nobody answers."""
    server, _, name = database_url.replace("+psycopg", "", 1).rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=2) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


def _start_on(port: int, cluster: Cluster, *, durable: bool) -> RunningPostgres:
    server = GuardedProcess(command(cluster, port, durable=durable), cluster.directory / "postgres.log")
    running = RunningPostgres(url(cluster.directory, port), server)
    try:
        _wait_until_ready(running)
    except BaseException:
        server.end()
        raise
    return running


def is_ready(database_url: str) -> bool:
    """Whether the server answers a query; then the database exists too. Raises StartError for a wrong password."""
    try:
        ensure_database(database_url)
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StartError("The password kept beside the database is not the database's own.") from None
        return False
    return True


def _wait_until_ready(running: RunningPostgres) -> None:
    deadline = time.monotonic() + START_SECONDS
    while running.process.exit_code is None and time.monotonic() < deadline:
        if is_ready(running.url):
            return
        time.sleep(0.02)
    raise StartError(f"PostgreSQL did not start. The end of its log:\n{running.process.output()}")
