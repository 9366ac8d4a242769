"""Real servers for the tests: PostgreSQL, Temporal and SMTP, each started once a session and stopped after."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from passerelle.db import migrate
from passerelle.db.database import Database
from passerelle.embedded import postgres
from passerelle.embedded.temporal import temporal_executable
from passerelle.settings import Settings
from tests.mail_server import MailServer

KEY = b"a key for tests that is long enough"
TEMPLATE = "template_passerelle"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server for the session; its URL ends in the name of a migrated database that tests are cloned from."""
    # Not pytest's own folder: each new session closes it to other accounts, and as root the server is one.
    with TemporaryDirectory(prefix="passerelle-tests-") as folder:
        server = postgres.start(Path(folder) / "postgres", durable=False)
        base = server.url.rpartition("/")[0]
        _execute(f"{base}/postgres", f"CREATE DATABASE {TEMPLATE}")
        migrate.upgrade(f"{base}/{TEMPLATE}")
        yield f"{base}/{TEMPLATE}"
        server.stop()


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A database of the test's own with the current schema."""
    base, name = postgres_url.rpartition("/")[0], f"test_{uuid4().hex}"
    _execute(f"{base}/postgres", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield f"{base}/{name}"
    _execute(f"{base}/postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        secret_key=SecretStr(KEY.decode()),
        base_url="http://localhost:8000",
    )


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """A real SMTP server that does what the test's script says, and keeps what it accepted."""
    async with MailServer() as server:
        yield server


@asynccontextmanager
async def temporal_environment() -> AsyncIterator[WorkflowEnvironment]:
    """The real Temporal server; each workflow that its client starts has a clock that can be moved on."""
    # Experimental in the SDK, therefore used here only.
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(temporal_executable()),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--search-attribute",
            "OnboardingStage=Keyword",
        ],
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
    )
    async with environment:
        yield environment


@pytest.fixture(scope="session")
async def temporal_env() -> AsyncIterator[WorkflowEnvironment]:
    async with temporal_environment() as environment:
        yield environment


@pytest.fixture
def temporal(temporal_env: WorkflowEnvironment) -> Client:
    return temporal_env.client


@pytest.fixture
def fresh_queue() -> Callable[[], str]:
    """Names for task queues that no other test uses."""
    return lambda: f"test-{uuid4()}"


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement.encode())
