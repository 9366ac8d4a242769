"""Stored files: logos, named by their content, in a folder of their own off the web root (SEC39)."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from obstore.store import LocalStore

from passerelle.domain.errors import NotFound
from passerelle.images import made_safe

# Decoding is CPU work: more at once than cores would only make every other request wait.
DECODED_AT_ONCE = 2
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredLogo:
    """A logo's file: `sha256` in hexadecimal is its name, `width` and `height` are pixels."""

    sha256: str
    width: int
    height: int


class Logos:
    """The logos under `folder`, which is made when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._store = LocalStore(folder, mkdir=True)
        self._decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    async def put(self, upload: bytes) -> StoredLogo:
        """Store the logo re-encoded; the same picture twice is one file. Raises Refused as `made_safe` does."""
        async with self._decoding:
            picture = await asyncio.to_thread(made_safe, upload)
        name = hashlib.sha256(picture.png).hexdigest()
        await self._store.put_async(_path(name), picture.png)
        return StoredLogo(name, picture.width, picture.height)

    async def get(self, sha256: str) -> bytes:
        """The PNG of that name. Raises NotFound("logo_not_found")."""
        if not _SHA256.fullmatch(sha256):
            raise NotFound("logo_not_found")
        try:
            found = await self._store.get_async(_path(sha256))
        except FileNotFoundError:
            raise NotFound("logo_not_found") from None
        return bytes(await found.bytes_async())


def _path(name: str) -> str:
    return f"logos/{name}.png"
