"""The migrations make exactly the schema that the tables describe."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from passerelle.db import migrate
from passerelle.db.database import async_url
from passerelle.db.tables import Base

COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public'
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    base, name = postgres_url.rpartition("/")[0], f"empty_{uuid4().hex}"
    with administration(postgres_url) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield f"{base}/{name}"
    with administration(postgres_url) as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def administration(postgres_url: str) -> Iterator[Connection]:
    engine = create_engine(async_url(f"{postgres_url.rpartition('/')[0]}/postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(async_url(url))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def schema(url: str) -> set[tuple[object, ...]]:
    """Everything PostgreSQL knows of columns, indexes and constraints, beside Alembic's own table."""
    with connected(url) as connection:
        rows = [tuple(row) for query in (COLUMNS, INDEXES, CONSTRAINTS) for row in connection.execute(text(query))]
    return {row for row in rows if row[0] != "alembic_version"}


def test_alembic_finds_no_difference_between_tables_and_migrations(database_url: str) -> None:
    with connected(database_url) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_postgresql_finds_no_difference_either(database_url: str, empty_database_url: str) -> None:
    """Alembic does not compare checks, conditions of indexes and identities; the server's catalogue shows them."""
    with connected(empty_database_url) as connection:
        Base.metadata.create_all(connection)
    made, migrated = schema(empty_database_url), schema(database_url)
    assert sorted(map(str, made - migrated)) == []
    assert sorted(map(str, migrated - made)) == []
    assert len(migrated) > 200


def test_there_is_one_newest_migration(database_url: str) -> None:
    scripts = ScriptDirectory.from_config(migrate.configuration(database_url))
    assert len(scripts.get_heads()) == 1


def test_a_database_is_current_once_it_was_migrated(empty_database_url: str, database_url: str) -> None:
    assert migrate.is_current(database_url)
    assert not migrate.is_current(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.is_current(empty_database_url)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = schema(database_url)
    migrate.upgrade(database_url)
    assert schema(database_url) == before


def test_processes_that_start_together_migrate_one_after_the_other(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, [empty_database_url] * 4))
    assert migrate.is_current(empty_database_url)


def test_the_way_back_leaves_nothing_behind(database_url: str) -> None:
    with connected(database_url) as connection:
        configuration = migrate.configuration(database_url)
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "base")
    assert schema(database_url) == set()
