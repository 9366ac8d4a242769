"""Bring a database to this version's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from passerelle.db.database import async_url

# One advisory lock, so that several processes that start at once migrate one after the other.
LOCK = 7_264_911


def configuration(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = async_url(database_url)
    return config


def upgrade(database_url: str) -> None:
    """Apply every missing migration; nothing happens when none is missing."""
    engine = create_engine(async_url(database_url))
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        config = configuration(database_url)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def is_current(database_url: str) -> bool:
    """Whether the database has exactly the newest migration."""
    engine = create_engine(async_url(database_url), connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_heads()
    engine.dispose()
    return set(applied) == set(ScriptDirectory.from_config(configuration(database_url)).get_heads())
