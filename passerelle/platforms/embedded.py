"""The platform that ships with Passerelle: its accounts live in our own database."""

from datetime import datetime
from uuid import UUID

from passerelle.db.database import Database
from passerelle.services import platform_accounts


class EmbeddedPlatform:
    """Section 3 of the seed, for real."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def provision(self, onboarding_id: UUID, generation: int, at: datetime) -> None:
        async with self._database.transaction() as tx:
            await platform_accounts.provision(tx, onboarding_id, generation, self._key, at)

    async def disable(self, onboarding_id: UUID, at: datetime) -> bool:
        async with self._database.transaction() as tx:
            return await platform_accounts.disable(tx, onboarding_id, at)
