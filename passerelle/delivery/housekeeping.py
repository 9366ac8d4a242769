"""Sweeps the database once an hour."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from passerelle.db import housekeeping
from passerelle.db.database import Database

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0


async def keep_house(database: Database) -> None:
    """Until cancelled. Any number of workers may do it: rows that are gone are gone."""
    while True:
        try:
            async with database.transaction() as tx:
                swept = await housekeeping.sweep(tx)
            log.info("swept", **swept)
        except (SQLAlchemyError, OSError) as error:
            log.warning("not swept", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)
