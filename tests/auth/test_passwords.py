"""Argon2id as it is really used: its cost, where it runs, what it refuses to tell."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator

import pytest

from passerelle.auth.passwords import Passwords


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    opened = Passwords()
    yield opened
    opened.close()


async def test_a_hash_is_argon2id_at_19_mib_two_passes_one_lane_SEC3(passwords: Passwords) -> None:
    assert (await passwords.hash("Abcde1")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_only_the_right_password_is_verified(passwords: Passwords) -> None:
    stored = await passwords.hash("Abcde1")
    assert (await passwords.verify("Abcde1", stored)).is_correct
    assert not (await passwords.verify("abcde1", stored)).is_correct
    assert not (await passwords.verify("Abcde1 ", stored)).is_correct


async def test_an_accent_is_the_same_however_the_keyboard_composed_it_S39(passwords: Passwords) -> None:
    stored = await passwords.hash("Élise1")
    assert (await passwords.verify("E\u0301lise1", stored)).is_correct


async def test_a_hash_of_an_older_cost_is_renewed_SEC3(passwords: Passwords) -> None:
    old = Passwords(memory_kibibytes=8, passes=1)
    verdict = await passwords.verify("Abcde1", await old.hash("Abcde1"))
    assert verdict.is_correct
    assert verdict.renewed is not None
    assert (await passwords.verify("Abcde1", verdict.renewed)).renewed is None


async def test_without_a_hash_it_verifies_nobodys_and_says_no_SEC13(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    async def watched(self: Passwords, password: str, stored: str) -> tuple[bool, str | None]:
        verified.append(stored)
        return await real(self, password, stored)

    real = Passwords._verify
    monkeypatch.setattr(Passwords, "_verify", watched)
    assert not (await passwords.verify("the password of nobody", None)).is_correct
    assert verified == [passwords._nobodys_hash]


async def test_128_characters_are_a_password_and_129_are_none_SEC3(passwords: Passwords) -> None:
    longest = "É" * 128
    assert (await passwords.verify(longest, await passwords.hash(longest))).is_correct
    assert not (await passwords.verify(longest + "1", await passwords.hash(longest))).is_correct
    with pytest.raises(ValueError, match="too long"):
        await passwords.hash(longest + "1")


async def test_the_event_loop_stays_free_while_it_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 13: at most one hash per core at once, none of them on the loop's thread."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    passwords = Passwords(memory_kibibytes=8, passes=1)
    at_work, most, threads = 0, 0, set[str]()
    lock = threading.Lock()

    def slow(password: str) -> str:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
            threads.add(threading.current_thread().name)
        time.sleep(0.01)
        with lock:
            at_work -= 1
        return password

    monkeypatch.setattr(passwords._hasher, "hash", slow)
    assert await asyncio.gather(*(passwords.hash(str(number)) for number in range(12))) == [str(n) for n in range(12)]
    assert most <= 2
    assert all(name.startswith("argon2") for name in threads)
