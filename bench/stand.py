"""Everything that is measured, really running: both servers, the mail sink, Passerelle, the bare worker."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import psycopg
from pydantic import SecretStr

from bench.bare import TABLE
from passerelle.db import migrate
from passerelle.embedded import postgres, temporal
from passerelle.embedded.ports import LOOPBACK, free_port, get, is_answering
from passerelle.embedded.process import Command, GuardedProcess, StartError
from passerelle.embedded.services import ROOT, WORKER_GRACE
from passerelle.settings import Settings

FOREIGN = ("PASSERELLE_", "TEMPORAL_")
START_SECONDS = 60


def forget_settings() -> None:
    """What this shell is set up for must not decide what is measured: neither here nor in the children."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    # Otherwise a profile in the home directory may name another server.
    os.environ["TEMPORAL_CONFIG_FILE"] = os.devnull


@dataclass(frozen=True)
class Stand:
    """`processes` are the numbers of the guards, by name; what they guard is below them."""

    settings: Settings
    temporal_address: str
    feed_port: int
    processes: Mapping[str, int]


@contextmanager
def stand(directory: Path) -> Iterator[Stand]:
    """All of it with its files in `directory`; stopped at the end, and also when this process dies."""
    with ExitStack() as stack:
        database = postgres.start(directory / "postgres", durable=True)
        stack.callback(database.stop)
        _make_tables(database.url)
        temporal_address, smtp_port, feed_port = f"{LOOPBACK}:{free_port()}", free_port(), free_port()
        settings = _settings(directory, database.url, smtp_port)
        start = _Starter(stack, directory, _variables(settings, temporal_address))
        processes = {
            "postgresql": database.process.process_id,
            "temporal": start.temporal(temporal_address),
            "sink": start.sink(smtp_port, feed_port),
            "api": start.api(settings.http_port),
            "worker": start.worker("worker.py"),
            "bare worker": start.worker("-m", "bench.bare_worker"),
        }
        yield Stand(settings, temporal_address, feed_port, processes)


class _Starter:
    """Starts one process after the other and waits until it works."""

    def __init__(self, stack: ExitStack, directory: Path, variables: Mapping[str, str]) -> None:
        self._stack = stack
        self._directory = directory
        self._variables = variables

    def temporal(self, address: str) -> int:
        port, http_port = int(address.rpartition(":")[2]), free_port()
        command = temporal.command(self._directory / "temporal.db", port=port, ui_port=free_port(), http_port=http_port)
        return self._start("temporal", command, lambda: temporal.is_ready(port=port, http_port=http_port))

    def sink(self, smtp_port: int, feed_port: int) -> int:
        command = self._ours("-m", "bench.sink", str(smtp_port), str(feed_port))
        return self._start("sink", command, lambda: is_answering(LOOPBACK, smtp_port))

    def api(self, port: int) -> int:
        return self._start("api", self._ours("-m", "passerelle", "serve"), lambda: _is_ready(port))

    def worker(self, *arguments: str) -> int:
        name = "-".join(arguments).strip("-")
        ready = self._directory / f"{name}.ready"
        command = self._ours(*arguments, PASSERELLE_READY_FILE=str(ready))
        return self._start(name, command, ready.exists)

    def _ours(self, *arguments: str, **variables: str) -> Command:
        return Command(
            [sys.executable, *arguments],
            environment={**self._variables, **variables},
            directory=ROOT,
            grace=WORKER_GRACE,
        )

    def _start(self, name: str, command: Command, is_ready: Callable[[], bool]) -> int:
        process = GuardedProcess(command, self._directory / f"{name}.log")
        self._stack.callback(process.end)
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if process.exit_code is not None or time.monotonic() > deadline:
                raise StartError(f"The {name} did not start:\n{process.output()}")
            time.sleep(0.05)
        return process.process_id


def _settings(directory: Path, database_url: str, smtp_port: int) -> Settings:
    port = free_port()
    return Settings(
        database_url=database_url,
        smtp_url=f"smtp://{LOOPBACK}:{smtp_port}",
        http_port=port,
        base_url=f"http://{LOOPBACK}:{port}",
        data_dir=directory,
        secret_key=SecretStr(token_urlsafe(32)),
    )


def _variables(settings: Settings, temporal_address: str) -> dict[str, str]:
    """The environment of the workers and the API."""
    assert settings.secret_key is not None  # just made
    return {
        **os.environ,
        "PASSERELLE_DATABASE_URL": settings.database_url,
        "PASSERELLE_SMTP_URL": settings.smtp_url,
        "PASSERELLE_HTTP_PORT": str(settings.http_port),
        "PASSERELLE_DATA_DIR": str(settings.data_dir),
        "PASSERELLE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "TEMPORAL_ADDRESS": temporal_address,
    }


def _make_tables(database_url: str) -> None:
    migrate.upgrade(database_url)
    with psycopg.connect(database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(TABLE)


def _is_ready(port: int) -> bool:
    try:
        get(LOOPBACK, port, "/readyz")
    except OSError:
        return False
    return True
