"""API keys are made, and a caller is admitted by one; a repeated POST gets its first answer (SEC31, F3)."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.api_keys import Presented, mint, presented
from passerelle.auth.policy import Scope
from passerelle.db import api_keys
from passerelle.db.tables import ApiKey, IdempotencyRow
from passerelle.domain.errors import Forbidden, Refused


class Unauthenticated(Refused):
    """No key, a wrong one, one that has expired or was revoked: all alike."""


class AnsweredBefore(Exception):  # noqa: N818 - it is no fault
    """Somebody else answered the same POST first: this transaction must not be committed."""


@dataclass(frozen=True)
class Caller:
    """Whoever holds the key. `name` is what the key is called."""

    key_id: UUID
    name: str


@dataclass(frozen=True)
class Repeatable:
    """A POST with an Idempotency-Key; `digest` is that of everything the answer depends on."""

    key: str
    digest: bytes


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept and given again."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Admission:
    """The caller, and the answer that this POST got before, if it did."""

    caller: Caller
    earlier: Answer | None


async def create(
    tx: AsyncSession, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be shown again."""
    text = mint()
    parts = presented(text)
    assert parts is not None  # noqa: S101 - what we mint has the form of a key
    row = ApiKey(
        prefix=parts.prefix,
        digest=parts.digest,
        name=name,
        scopes=sorted(scope.value for scope in scopes),
        expires_at=expires_at,
    )
    tx.add(row)
    await tx.flush()
    return row, text


async def admit(
    tx: AsyncSession, key: Presented | None, scope: Scope, repeatable: Repeatable | None = None
) -> Admission:
    """Who calls, if they may. One statement, besides noting the key's use once a minute.

    Raises Unauthenticated; Forbidden("scope_missing"); Refused("idempotency_key_reused") for another request
    under the same Idempotency-Key; Refused("request_in_progress") while the first is being answered.
    """
    found = await _found(tx, key, repeatable) if key else None
    if key is None or found is None or not _is_valid(found.key, key):
        raise Unauthenticated("unauthenticated")
    if scope.value not in found.key.scopes:
        raise Forbidden("scope_missing", scope=scope.value)
    await _note_use(tx, found.key)
    return Admission(Caller(found.key.id, found.key.name), _earlier(found, repeatable))


async def keep(tx: AsyncSession, caller: Caller, repeatable: Repeatable, answer: Answer) -> None:
    """Keep the answer in the transaction of what it tells. Raises AnsweredBefore when another was first."""
    row = {
        "api_key_id": caller.key_id,
        "key": repeatable.key,
        "request_digest": repeatable.digest,
        "status": answer.status,
        "body": answer.body,
        "headers": dict(answer.headers),
    }
    if not await api_keys.keep(tx, row):
        raise AnsweredBefore


async def earlier(tx: AsyncSession, caller: Caller, repeatable: Repeatable) -> Answer:
    """The answer that is kept. Raises Refused("idempotency_key_reused") when it answered something else."""
    return _same(await api_keys.kept(tx, caller.key_id, repeatable.key), repeatable)


async def _found(tx: AsyncSession, key: Presented, repeatable: Repeatable | None) -> api_keys.Found | None:
    if repeatable is None:
        return await api_keys.find(tx, key.prefix)
    return await api_keys.find_with_answer(tx, key.prefix, repeatable.key, _lock_number(key, repeatable))


def _is_valid(key: ApiKey, shown: Presented) -> bool:
    expired = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    return shown.is_the_one(key.digest) and not expired and key.revoked_at is None


def _earlier(found: api_keys.Found, repeatable: Repeatable | None) -> Answer | None:
    if repeatable is None:
        return None
    if found.kept is not None:
        return _same(found.kept, repeatable)
    if not found.is_alone:
        raise Refused("request_in_progress")
    return None


def _same(kept: IdempotencyRow, repeatable: Repeatable) -> Answer:
    if kept.request_digest != repeatable.digest:
        raise Refused("idempotency_key_reused")
    return Answer(kept.status, kept.body, {name: str(value) for name, value in kept.headers.items()})


def _lock_number(key: Presented, repeatable: Repeatable) -> int:
    """A signed 64-bit number for the advisory lock of this key's Idempotency-Key."""
    named = hashlib.sha256(f"{key.prefix}:{repeatable.key}".encode()).digest()
    return int.from_bytes(named[:8], "big", signed=True)


async def _note_use(tx: AsyncSession, key: ApiKey) -> None:
    if key.used_at is None or key.used_at < datetime.now(UTC) - api_keys.USE_IS_NOTED_EVERY:
        await api_keys.note_use(tx, key.id)
