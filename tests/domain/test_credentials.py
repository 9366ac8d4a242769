"""The provided credential and the invitation link (D3, SEC4, SEC45)."""

import re
from math import log2
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from passerelle.domain import credentials

KEY = b"a key for tests that is long enough"
INVITATION = UUID("11111111-2222-3333-4444-555555555555")

keys = st.binary(min_size=32, max_size=64)
generations = st.integers(1, 1_000)


@given(keys, st.uuids(), generations)
def test_a_provided_password_can_be_read_aloud_and_is_always_the_same_D3(
    key: bytes, invitation: UUID, generation: int
) -> None:
    password = credentials.provided_password(key, invitation, generation)
    assert re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){5}[2-9a-hjkmnp-z]{4}", password)
    assert password == credentials.provided_password(key, invitation, generation)


@given(keys, st.uuids(), generations)
def test_a_link_token_needs_no_quoting_and_is_always_the_same_D3(key: bytes, invitation: UUID, generation: int) -> None:
    token = credentials.link_token(key, invitation, generation)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token == credentials.link_token(key, invitation, generation)


def test_a_provided_password_is_long_enough_to_be_stored_as_a_plain_digest_SEC4() -> None:
    assert log2(len(set(credentials.ALPHABET))) * credentials.PASSWORD_SYMBOLS > 112
    assert not set("01loiLOI") & set(credentials.ALPHABET)


def test_every_generation_invitation_key_and_purpose_has_a_secret_of_its_own_D3() -> None:
    invitations = [INVITATION, uuid4()]
    secrets = [
        make(key, invitation, generation)
        for make in (credentials.provided_password, credentials.link_token)
        for key in (KEY, KEY[::-1])
        for invitation in invitations
        for generation in (1, 2, 12)
    ]
    secrets += [credentials.account_token(KEY, invitation) for invitation in invitations]
    assert len(set(secrets)) == len(secrets) == 26


def test_every_symbol_of_the_alphabet_is_used_at_every_place() -> None:
    passwords = [credentials.provided_password(KEY, INVITATION, number) for number in range(1_000)]
    for place in zip(*passwords, strict=True):
        assert set(place) in ({"-"}, set(credentials.ALPHABET))


def test_a_credential_never_changes_from_one_version_to_the_next() -> None:
    """Mails that are out must go on working: these are what this key has always made."""
    assert credentials.provided_password(KEY, INVITATION, 1) == "5dg6-d8hr-jys4-vfpk-qh9s-tj26"
    assert credentials.link_token(KEY, INVITATION, 1) == "TYfEyV9-nZjBGtnlD2h8YsKa1aVGtr6kPPNJLhe0n54"
    assert credentials.account_token(KEY, INVITATION) == "eysKgOI19wYEAUNzxQQYNMB5QM6RMxZ6SU5nI1VdibA"
    assert credentials.key_id(KEY) == "850a3fe3"


def test_a_rotated_key_has_another_name_that_does_not_tell_the_key_F18() -> None:
    assert credentials.key_id(KEY) != credentials.key_id(KEY[::-1])
    assert re.fullmatch(r"[0-9a-f]{8}", credentials.key_id(KEY))


def test_spaces_and_no_break_hyphens_of_a_pasted_password_do_not_matter() -> None:
    password = credentials.provided_password(KEY, INVITATION, 1)
    expected = credentials.digest(password)
    for typed in (password, f"  {password}\n", password.replace("-", "- "), password.replace("-", "\u2011")):
        assert credentials.password_digest(typed) == expected
    assert credentials.password_digest(password[:-1]) != expected


def test_digests_compare_by_value_and_take_32_bytes_SEC45() -> None:
    one, other = credentials.digest("one"), credentials.digest("other")
    assert len(one) == 32
    assert credentials.matches(one, credentials.digest("one"))
    assert not credentials.matches(one, other)
