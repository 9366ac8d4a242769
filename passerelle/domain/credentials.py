"""The provided credential and the invitation link, derived again whenever they are needed (D3).

Both are 118 bits or more of an HMAC, so a plain SHA-256 of them may be stored (reliability SEC4, SEC45):
nothing that could be read back is kept, and every retry, reminder and resend names the same ones.
"""

import base64
import hashlib
import hmac
from uuid import UUID

# Without look-alikes (no 0/o, 1/l/i) and without capitals: it can be read aloud. 24 of 31 symbols: 118 bits.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PASSWORD_SYMBOLS = 24
GROUP = 4


def key_id(key: bytes) -> str:
    """A public name for a secret key, so that a rotated key's invitations can still be checked (F18)."""
    return hashlib.sha256(b"passerelle key id" + key).hexdigest()[:8]


def provided_password(key: bytes, invitation: UUID, generation: int) -> str:
    """The one-time password of this generation: 118 bits as `xxxx-xxxx-xxxx-xxxx-xxxx-xxxx`."""
    number = int.from_bytes(_derive(key, "password", invitation, generation), "big")
    symbols = ""
    while len(symbols) < PASSWORD_SYMBOLS:
        number, place = divmod(number, len(ALPHABET))
        symbols += ALPHABET[place]
    return "-".join(symbols[at : at + GROUP] for at in range(0, PASSWORD_SYMBOLS, GROUP))


def link_token(key: bytes, invitation: UUID, generation: int) -> str:
    """The opaque token of the invitation link: 256 bits, URL-safe."""
    return base64.urlsafe_b64encode(_derive(key, "link", invitation, generation)).decode().rstrip("=")


def account_token(key: bytes, token_id: UUID) -> str:
    """The opaque token of a mailed unlock or new-password link (S35, S36): 256 bits, URL-safe."""
    return base64.urlsafe_b64encode(_derive(key, "account", token_id, 0)).decode().rstrip("=")


def digest(secret: str) -> bytes:
    """What is stored of a token or a provided password: 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


def password_digest(typed: str) -> bytes:
    """The digest of a provided password as a person types it: without spaces around or between groups."""
    return digest(typed.strip().replace(" ", "").replace("\u2011", "-"))


def matches(secret_digest: bytes, stored: bytes) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(secret_digest, stored)


def _derive(key: bytes, purpose: str, invitation: UUID, generation: int) -> bytes:
    text = f"passerelle:{purpose}:1:{invitation}:{generation}"
    return hmac.digest(key, text.encode(), "sha256")
