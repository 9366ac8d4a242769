"""One transaction at a time, all or nothing, without a word of what was in it."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from passerelle.db.database import Database, async_url
from passerelle.db.tables import Person

ADDRESS = "jane.doe@example.com"


def person(email: str = ADDRESS) -> Person:
    return Person(id=uuid4(), email=email, first_name="Jane", last_name="Doe")


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return (await tx.scalar(select(func.count(Person.id)))) or 0


async def test_a_transaction_commits_at_its_end(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add(person())
        await tx.flush()
        assert await count(database) == 0
    assert await count(database) == 1


async def test_any_exception_rolls_everything_back_F50(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(database)
    assert await count(database) == 0


async def _write_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add(person())
        await tx.flush()
        raise ZeroDivisionError


async def test_a_refused_commit_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            tx.add_all([person("a@example.com"), person("a@example.com")])
    assert await count(database) == 0


async def test_rows_can_be_read_after_the_transaction(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add(found := person())
    assert found.email == ADDRESS


async def test_an_error_does_not_repeat_the_statements_values_SEC42(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT CAST(:value AS json)"), {"value": "a secret"})
    assert "[SQL parameters hidden" in str(caught.value)


async def test_times_are_utc_whatever_the_server_says_and_no_statement_runs_for_ever_F29(database: Database) -> None:
    async with database.transaction() as tx:
        name = await tx.scalar(select(func.current_database()))
        await tx.execute(text(f"ALTER DATABASE {name} SET timezone = 'America/Toronto'"))
    other = Database(database.url)
    async with other.transaction() as tx:
        settings = [await tx.scalar(text(f"SHOW {name}")) for name in ("timezone", "statement_timeout")]
    await other.close()
    assert settings == ["UTC", "10s"]


async def test_a_connection_that_the_server_closed_is_replaced_F33(database: Database) -> None:
    async with database.transaction() as tx:
        mine = await tx.scalar(select(func.pg_backend_pid()))
    other = Database(database.url)
    async with other.transaction() as tx:
        await tx.execute(select(func.pg_terminate_backend(mine)))
    await other.close()
    assert await count(database) == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgres://user:p%40ss@host:5432/name?sslmode=require",
        "postgresql://user:p%40ss@host:5432/name?sslmode=require",
        "postgresql+psycopg://user:p%40ss@host:5432/name?sslmode=require",
        "postgresql+asyncpg://user:p%40ss@host:5432/name?sslmode=require",
    ],
)
def test_any_postgresql_url_will_do(url: str) -> None:
    assert async_url(url) == "postgresql+psycopg://user:p%40ss@host:5432/name?sslmode=require"


@pytest.mark.parametrize("url", ["", "host/name", "sqlite:///secret.db", "mysql://u:secret@host/name"])
def test_any_other_database_is_refused_without_repeating_the_url_SEC42(url: str) -> None:
    with pytest.raises(ValueError, match="must start with postgresql://") as caught:
        async_url(url)
    assert "secret" not in str(caught.value)
