"""The engine and the one transaction() that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

DRIVER = "postgresql+psycopg"
AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while the database is away, overloaded or out of space: nothing was committed, try again."""


def async_url(url: str) -> str:
    """SQLAlchemy's form of any PostgreSQL URL (`postgres://`, `postgresql://`)."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("PASSERELLE_DATABASE_URL must start with postgresql://")
    return f"{DRIVER}://{rest}"


class Database:
    """One pool of connections. Close it with `close()`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = async_url(url)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            pool_pre_ping=True,
            # Parameters are names, addresses and digests: no exception and no log line may repeat them (SEC42).
            hide_parameters=True,
            connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c statement_timeout=10000"},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
