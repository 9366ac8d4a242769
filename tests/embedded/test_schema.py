"""Whether a database has this version's tables, asked without Alembic but with its answer."""

from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from passerelle.db import migrate
from passerelle.embedded.ports import LOOPBACK, free_port
from passerelle.embedded.schema import VERSIONS, is_current, newest


def test_the_newest_revision_is_the_one_that_alembic_names() -> None:
    scripts = ScriptDirectory.from_config(migrate.configuration("postgresql://nowhere/x"))
    assert newest(VERSIONS) == set(scripts.get_heads())


def test_a_chain_and_a_merge_have_one_newest_revision(tmp_path: Path) -> None:
    for name, down in {"a": "None", "b": '"a"', "c": "'a'", "d": '("b", "c")'}.items():
        (tmp_path / f"{name}.py").write_text(f'revision: str = "{name}"\ndown_revision: object = {down}\n')
    assert newest(tmp_path) == {"d"}


def test_a_migrated_database_is_current_and_an_older_one_is_not(database_url: str) -> None:
    assert is_current(database_url)
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    assert not is_current(database_url)


def test_an_empty_database_and_an_absent_one_are_not_current(database_url: str) -> None:
    assert not is_current(f"{database_url.rpartition('/')[0]}/postgres")
    assert not is_current(f"postgresql://x@{LOOPBACK}:{free_port()}/x")
    assert not is_current("")
