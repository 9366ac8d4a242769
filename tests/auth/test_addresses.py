"""E-mail addresses in the one form in which they are stored and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.auth.addresses import normalized


@pytest.mark.parametrize("typed", ["Jane@Example.COM", " jane@example.com", "JANE@example.com\n"])
def test_two_spellings_are_one_person(typed: str) -> None:
    assert normalized(typed) == "jane@example.com"


@pytest.mark.parametrize(
    "typed", ["", "jane", "jane@", "a@b", "é@example.com", "a@[127.0.0.1]", "a\n@example.com", "x" * 600 + "@a.ca"]
)
def test_what_is_no_address_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(ValueError, match="address") as raised:
        normalized(typed)
    assert not typed or typed not in str(raised.value)


@given(st.text())
def test_nothing_else_than_an_address_ever_comes_out(typed: str) -> None:
    try:
        found = normalized(typed)
    except ValueError:
        return
    assert found == normalized(found)
    assert found.isascii()
    assert found.isprintable()
    assert found.count("@") == 1
