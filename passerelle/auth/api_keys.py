"""The form of API keys (SEC31): `psl_<prefix>_<secret>`; the prefix finds the key, the digest proves it."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

PREFIX_BYTES = 5
SECRET_BYTES = 32
_KEY = re.compile(rf"psl_([0-9a-f]{{{2 * PREFIX_BYTES}}})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True)
class Presented:
    """A key as a caller presents it; `digest` is what is stored of it, 32 bytes."""

    prefix: str
    digest: bytes

    def is_the_one(self, stored: bytes) -> bool:
        """Whether this is the key that was stored; takes the same time for every wrong one (SEC45)."""
        return hmac.compare_digest(self.digest, stored)


def mint() -> str:
    """A new key with 256 random bits. It is shown once: only its digest may be kept."""
    return f"psl_{secrets.token_hex(PREFIX_BYTES)}_{secrets.token_urlsafe(SECRET_BYTES)}"


def presented(key: str) -> Presented | None:
    """What is looked up and compared of a key; None for what has not the form of one."""
    found = _KEY.fullmatch(key)
    return Presented(found[1], hashlib.sha256(key.encode()).digest()) if found else None


def in_authorization(header: str | None) -> Presented | None:
    """The key in an Authorization header (RFC 6750, 2.1); None when there is none."""
    scheme, _, key = (header or "").partition(" ")
    return presented(key.strip()) if scheme.lower() == "bearer" else None
