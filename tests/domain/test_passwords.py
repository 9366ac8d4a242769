"""The platform's password rule (S39)."""

import unicodedata

import pytest

from passerelle.domain.passwords import MAXIMUM_LENGTH, PasswordPolicy, PasswordProblem, normalized

TOO_SHORT, TOO_LONG = PasswordProblem.TOO_SHORT, PasswordProblem.TOO_LONG
NO_UPPER, NO_DIGIT = PasswordProblem.NO_UPPER_CASE, PasswordProblem.NO_DIGIT_OR_SYMBOL


@pytest.mark.parametrize("password", ["Abcde1", "Abcde!", "ABCDE1", "Élise1", "A bcde", "Мария7", "A" + "1" * 127])
def test_passwords_that_pass_S39(password: str) -> None:
    assert PasswordPolicy().problems(password) == []


@pytest.mark.parametrize(
    ("password", "problems"),
    [
        ("Abcd1", [TOO_SHORT]),
        ("abcde1", [NO_UPPER]),
        ("Abcdef", [NO_DIGIT]),
        ("", [TOO_SHORT, NO_UPPER, NO_DIGIT]),
        ("abc", [TOO_SHORT, NO_UPPER, NO_DIGIT]),
        ("123456", [NO_UPPER]),
        ("élise1", [NO_UPPER]),
        ("Élise", [TOO_SHORT, NO_DIGIT]),
        ("A" + "1" * MAXIMUM_LENGTH, [TOO_LONG]),
    ],
)
def test_passwords_that_fail_are_told_everything_that_is_wrong_S39(
    password: str, problems: list[PasswordProblem]
) -> None:
    assert PasswordPolicy().problems(password) == problems


def test_an_installation_may_ask_for_more_S39() -> None:
    assert PasswordPolicy(minimum_length=12).problems("Abcde1") == [TOO_SHORT]
    assert PasswordPolicy(minimum_length=12).problems("Abcdefghijk1") == []


def test_a_letter_is_one_character_however_a_keyboard_composed_it() -> None:
    composed, decomposed = "Éab1é", unicodedata.normalize("NFD", "Éab1é")
    assert len(decomposed) == 7
    assert PasswordPolicy().problems(decomposed) == PasswordPolicy().problems(composed) == [TOO_SHORT]
    assert normalized(decomposed) == composed
