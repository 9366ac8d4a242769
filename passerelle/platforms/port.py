"""What Passerelle asks of a mentoring platform, whichever it is."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Platform(Protocol):
    """Both calls converge: run twice, or again after a lost answer, they leave the same state (F10-F12)."""

    async def provision(self, onboarding_id: UUID, generation: int, at: datetime) -> None:
        """The account of the designated person, its role in the program, and this generation's credential.

        Raises NotFound when there is no request; any other error may pass and is tried again.
        """
        ...

    async def disable(self, onboarding_id: UUID, at: datetime) -> bool:
        """L9: disable the account if this onboarding made it; whether one was disabled now."""
        ...
