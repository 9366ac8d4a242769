"""What `python -m passerelle up` runs: each service's command, its readiness, what it needs and when it stops."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import passerelle
from passerelle.embedded import cluster, postgres, schema, temporal
from passerelle.embedded.environment import Installation
from passerelle.embedded.ports import LOOPBACK, free_port, get, reachable
from passerelle.embedded.process import Command

ROOT = Path(passerelle.__file__).parent.parent
WORKER_GRACE = 25
"""Seconds; longer than the worker gives its own activities (worker.GRACE)."""


class Layer(IntEnum):
    """Services of one layer stop together, the highest first."""

    DATABASE = 0
    SERVERS = 1
    STEPS = 2
    APPLICATION = 3


@dataclass(frozen=True)
class Port:
    """A port that a service listens on, and the setting that changes it."""

    host: str
    number: int
    setting: str


@dataclass(frozen=True)
class Service:
    """One child. A step runs once and is ready when it ends well; anything else runs until it is stopped."""

    name: str
    """As in `--only` and in the name of its log."""
    title: str
    layer: Layer
    command: Callable[[], Command]
    """May block, and raises process.StartError when there is nothing to run."""
    is_ready: Callable[[], bool] = lambda: True
    """May block; never asked of a step."""
    is_done: Callable[[], bool] = lambda: False
    """May block; a step of which this is true is not run."""
    ready_words: str = "is ready"
    """What is true then, after the title."""
    needs: Sequence[str] = ()
    ports: Sequence[Port] = ()

    @property
    def is_step(self) -> bool:
        return self.layer is Layer.STEPS


def services(installation: Installation) -> list[Service]:
    """Everything that this installation runs itself, in an order in which it may be started."""
    ours = [_migrations(installation), _demo(installation), _worker(installation), _api(installation)]
    if installation.runs_mail:
        ours.insert(0, _mail_catcher(installation))
    if installation.runs_temporal:
        ours.insert(0, _temporal(installation))
    if installation.runs_postgres:
        ours.insert(0, _postgres(installation))
    return ours


def selected(everything: Iterable[Service], names: Sequence[str]) -> list[Service]:
    """The named services, or all when none is named. Raises ValueError with the names there are."""
    known = {service.name: service for service in everything}
    if unknown := set(names) - known.keys():
        raise ValueError(f"There is no {', '.join(sorted(unknown))} to start; there is {', '.join(known)}.")
    return [service for service in known.values() if not names or service.name in names]


def _postgres(installation: Installation) -> Service:
    directory, port = installation.postgres_directory, installation.settings.database_port
    return Service(
        "postgres",
        "PostgreSQL",
        Layer.DATABASE,
        command=lambda: postgres.command(cluster.prepare(directory), port),
        is_ready=lambda: postgres.is_ready(installation.database_url),
        ports=[Port(LOOPBACK, port, "PASSERELLE_DATABASE_PORT")],
    )


def _temporal(installation: Installation) -> Service:
    settings, http_port = installation.settings, free_port()
    port, ui_port = settings.temporal_port, settings.temporal_ui_port
    return Service(
        "temporal",
        "Temporal",
        Layer.SERVERS,
        command=lambda: temporal.command(
            settings.data_dir / "temporal.db", port=port, ui_port=ui_port, http_port=http_port
        ),
        is_ready=lambda: temporal.is_ready(port=port, http_port=http_port),
        ports=[
            Port(LOOPBACK, port, "PASSERELLE_TEMPORAL_PORT"),
            Port(LOOPBACK, ui_port, "PASSERELLE_TEMPORAL_UI_PORT"),
        ],
    )


def _mail_catcher(installation: Installation) -> Service:
    settings = installation.settings
    return Service(
        "mail",
        "The mail catcher",
        Layer.SERVERS,
        command=lambda: _ours(installation, "-m", "passerelle", "mailcatcher"),
        is_ready=lambda: _answers(LOOPBACK, settings.mail_port, "/livez"),
        ports=[
            Port(LOOPBACK, settings.mail_port, "PASSERELLE_MAIL_PORT"),
            Port(LOOPBACK, settings.mail_smtp_port, "PASSERELLE_MAIL_SMTP_PORT"),
        ],
    )


def _migrations(installation: Installation) -> Service:
    return Service(
        "migrate",
        "The database’s tables",
        Layer.STEPS,
        command=lambda: _ours(installation, "-m", "passerelle", "migrate"),
        is_done=lambda: schema.is_current(installation.database_url),
        ready_words="are up to date",
        needs=["postgres"],
    )


def _demo(installation: Installation) -> Service:
    return Service(
        "demo",
        "The demo data",
        Layer.STEPS,
        command=lambda: _ours(installation, "-m", "passerelle", "demo"),
        ready_words="is in place",
        needs=["migrate"],
    )


def _worker(installation: Installation) -> Service:
    ready_file = installation.settings.data_dir / "worker-is-ready"

    def command() -> Command:
        ready_file.unlink(missing_ok=True)
        return _ours(installation, "worker.py", grace=WORKER_GRACE, PASSERELLE_READY_FILE=str(ready_file))

    return Service(
        "worker",
        "The worker",
        Layer.APPLICATION,
        command=command,
        is_ready=ready_file.exists,
        needs=["migrate", "temporal"],
    )


def _api(installation: Installation) -> Service:
    settings = installation.settings
    return Service(
        "api",
        "The application",
        Layer.APPLICATION,
        command=lambda: _ours(installation, "-m", "passerelle", "serve"),
        is_ready=lambda: _answers(reachable(settings.http_host), settings.http_port, "/readyz"),
        needs=["migrate", "temporal"],
        ports=[Port(settings.http_host, settings.http_port, "PASSERELLE_HTTP_PORT")],
    )


def _ours(installation: Installation, *arguments: str, grace: float = 10, **variables: str) -> Command:
    """One of our own programs, run by this very Python."""
    return Command(
        [sys.executable, *arguments],
        environment={**installation.variables(), **variables},
        directory=ROOT,
        grace=grace,
    )


def _answers(host: str, port: int, path: str) -> bool:
    try:
        get(host, port, path)
    except OSError:
        return False
    return True
