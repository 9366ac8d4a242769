"""Argon2id, away from the event loop and never more at once than there are cores (SEC3)."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from passerelle.domain.passwords import MAXIMUM_LENGTH, normalized

# OWASP's floor: 19 MiB, two passes, one lane. A hash made at another cost is renewed at the next sign-in.
MEMORY_KIBIBYTES = 19 * 1024
PASSES = 2
LANES = 1


@dataclass(frozen=True)
class Verdict:
    """Whether the password is the stored one; `renewed` is its hash at today's cost when that has changed."""

    is_correct: bool
    renewed: str | None = None


class Passwords:
    """Hashes and verifies in threads of its own. Close it with `close()`."""

    def __init__(self, *, memory_kibibytes: int = MEMORY_KIBIBYTES, passes: int = PASSES) -> None:
        self._hasher = PasswordHash((Argon2Hasher(passes, memory_kibibytes, LANES),))
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")
        self._nobodys_hash = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """The hash to store. Raises ValueError beyond 128 characters, which the policy refuses before."""
        normal = normalized(password)
        if len(normal) > MAXIMUM_LENGTH:
            raise ValueError("too long for a password")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, normal)

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Takes the same time whatever the outcome: without a stored hash it verifies nobody's (SEC13, SEC15)."""
        normal = normalized(password)
        if stored is None or len(normal) > MAXIMUM_LENGTH:
            await self._verify("", self._nobodys_hash)
            return Verdict(is_correct=False)
        return Verdict(*await self._verify(normal, stored))

    def close(self) -> None:
        """Work that has not begun is dropped; who waits for it gets CancelledError."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _verify(self, password: str, stored: str) -> tuple[bool, str | None]:
        verify = self._hasher.verify_and_update
        return await asyncio.get_running_loop().run_in_executor(self._threads, verify, password, stored)
