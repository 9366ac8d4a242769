"""The commands of `python -m passerelle` that need no running system."""

import subprocess
import sys
from pathlib import Path

from passerelle.auth.api_keys import presented
from passerelle.auth.policy import Scope
from passerelle.db.database import Database
from passerelle.services import api_keys
from tests.embedded.laptop import Laptop

HEAVY = ("sqlalchemy", "temporalio", "fastapi", "starlette", "psycopg")


async def test_a_key_is_printed_once_and_opens_what_its_scopes_say(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    laptop = Laptop(tmp_path)
    made = laptop.run(
        *("apikey", "create", "--name", "Integrator", "--scope", "read", "--scope", "request"),
        PASSERELLE_DATABASE_URL=database_url,
    )
    assert made.returncode == 0, made.stderr
    async with database.transaction() as tx:
        for scope in (Scope.READ, Scope.REQUEST):
            admission = await api_keys.admit(tx, presented(made.stdout.strip()), scope)
            assert admission.caller.name == "Integrator"


def test_a_scope_that_does_not_exist_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    refused = Laptop(tmp_path).run("apikey", "create", "--name", "x", "--scope", "everything")
    assert refused.returncode == 2
    assert "'everything' is not a valid Scope" in refused.stderr


def test_the_commands_start_without_what_they_do_not_need() -> None:
    """A second of imports before `--help`, and in each small child, is a second of the start."""
    asked = f"import sys, passerelle.cli; print([name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_a_setting_that_is_wrong_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    refused = Laptop(tmp_path).run("migrate", PASSERELLE_HTTP_PORT="eighty")
    assert refused.returncode == 1
    assert refused.stderr.startswith("PASSERELLE_HTTP_PORT: ")
    assert "Traceback" not in refused.stderr
