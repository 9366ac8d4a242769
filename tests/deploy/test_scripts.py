"""The small scripts of the production shape, run for real: in dash or bash, whatever `sh` is here."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from passerelle.db.migrate import is_current
from passerelle.embedded import postgres
from passerelle.embedded.cluster import binaries
from tests.deploy.compose import stack

DEPLOY = Path(__file__).parents[2] / "deploy"
SECRET_LENGTH = 64


def run(script: str, *arguments: str | Path, **variables: str) -> str:
    """What the script printed. Raises CalledProcessError when it failed."""
    command = ["sh", DEPLOY / script, *arguments]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True).stdout


def secrets_in(directory: Path) -> Mapping[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    run("make-secrets.sh", directory)
    return directory


def test_every_secret_of_the_compose_file_is_made_and_no_other(secrets: Path) -> None:
    assert set(secrets_in(secrets)) == set(stack().secrets)
    assert all(declared["file"] == f"./deploy/secrets/{name}" for name, declared in stack().secrets.items())


def test_secrets_are_long_differ_and_are_out_of_reach_of_other_accounts_SEC46(secrets: Path) -> None:
    values = secrets_in(secrets).values()
    assert all(len(value) == SECRET_LENGTH for value in values)
    assert len(set(values)) == len(values)
    assert stat.S_IMODE(secrets.stat().st_mode) == stat.S_IRWXU


def test_a_secret_that_exists_stays(secrets: Path) -> None:
    before = secrets_in(secrets)
    assert run("make-secrets.sh", secrets) == ""
    assert secrets_in(secrets) == before


def test_the_repository_keeps_no_secret() -> None:
    assert (DEPLOY / "secrets/.gitignore").read_text().splitlines() == ["*", "!.gitignore"]


def test_a_command_finds_the_secrets_of_files_in_its_environment(secrets: Path) -> None:
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    file = str(secrets / "postgres_password")
    seen = json.loads(run("with-secrets.sh", sys.executable, "-c", show, PGPASSWORD_FROM_FILE=file, OTHER="1"))
    assert seen["PGPASSWORD"] == secrets_in(secrets)["postgres_password"]
    assert "PGPASSWORD_FROM_FILE" not in seen
    assert seen["OTHER"] == "1"


def test_a_command_does_not_start_without_its_secret(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        run("with-secrets.sh", "echo", "started", PGPASSWORD_FROM_FILE=str(tmp_path / "missing"))
    assert failure.value.stdout == ""


def test_temporals_two_databases_get_the_schema_step_by_step(tmp_path: Path) -> None:
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    versioned = "/etc/temporal/schema/postgresql/v12/{}/versioned"
    assert run("temporal/schema.sh", PATH=f"{tmp_path}:{os.environ['PATH']}").splitlines() == [
        "--db temporal create",
        "--db temporal setup-schema -v 0.0",
        f"--db temporal update-schema -d {versioned.format('temporal')}",
        "--db temporal_visibility create",
        "--db temporal_visibility setup-schema -v 0.0",
        f"--db temporal_visibility update-schema -d {versioned.format('visibility')}",
    ]


def test_a_failed_schema_step_fails_the_job(tmp_path: Path) -> None:
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text("#!/bin/sh\nexit 1\n")
    tool.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError):
        run("temporal/schema.sh", PATH=f"{tmp_path}:{os.environ['PATH']}")


async def test_the_namespace_and_its_search_attributes_are_made_once_O4(temporal: Client) -> None:
    namespace = f"test-{uuid4()}"
    variables = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": namespace,
        "RETENTION": "720h",
    }
    attributes = stack().services["temporal-namespace"].command
    first = await asyncio.to_thread(run, "temporal/namespace.sh", *attributes, **variables)
    again = await asyncio.to_thread(run, "temporal/namespace.sh", *attributes, **variables)
    listed = await temporal.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    assert "successfully registered" in first
    assert "successfully registered" not in again
    assert dict(listed.custom_attributes) == {"OnboardingStage": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD}


class Server:
    """A PostgreSQL whose only account is `postgres`, as the image's is before its first-start scripts."""

    def __init__(self, url: str) -> None:
        self.address = url.partition("@")[2].partition("/")[0]
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'p'")
        with self.connect("postgres", "p", "postgres") as connection:
            connection.execute("DROP DATABASE passerelle")
            connection.execute("ALTER ROLE passerelle RENAME TO first")

    def url(self, account: str, password: str, database: str) -> str:
        return f"postgresql://{account}:{password}@{self.address}/{database}"

    def connect(self, account: str, password: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(account, password, database), autocommit=True)

    def run(self, script: Path) -> None:
        program, account = str(binaries() / "psql"), self.url("postgres", "p", "postgres")
        subprocess.run([program, account, "-v", "ON_ERROR_STOP=1", "-f", script], capture_output=True, check=True)


@pytest.fixture
def server(secrets: Path, tmp_path: Path) -> Iterator[Server]:
    """A database server after its first start."""
    script = tmp_path / "roles.sql"
    script.write_text((DEPLOY / "postgres/roles.sql").read_text().replace("/run/secrets", str(secrets)))
    running = postgres.start(tmp_path / "postgres", durable=False)
    try:
        started = Server(running.url)
        started.run(script)
        yield started
    finally:
        running.stop()


def test_each_user_of_the_database_server_has_an_account_of_its_own(server: Server, secrets: Path) -> None:
    known = secrets_in(secrets)
    ours, temporals = known["passerelle_database_password"], known["temporal_database_password"]
    with server.connect("temporal", temporals, "postgres") as connection:
        connection.execute("CREATE DATABASE temporal")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        server.connect("temporal", temporals, "passerelle")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect("passerelle", temporals, "passerelle")
    with server.connect("passerelle", ours, "passerelle") as connection:
        found = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert found == (False,)


def test_the_migrate_job_makes_the_schema_with_nothing_but_its_own_settings(server: Server, secrets: Path) -> None:
    job = stack().services["migrate"]
    here = {"/run/secrets": str(secrets), "@postgres:5432": f"@{server.address}", "/var/lib": str(secrets)}
    variables = {name: _moved(value, here) for name, value in job.environment.items()}
    run("with-secrets.sh", sys.executable, *job.command[1:], **variables)
    assert is_current(server.url("passerelle", secrets_in(secrets)["passerelle_database_password"], "passerelle"))


def _moved(value: str, places: Mapping[str, str]) -> str:
    for there, here in places.items():
        value = value.replace(there, here)
    return value
