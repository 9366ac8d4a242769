"""The platform's password rule (S39, S40) as a policy that an installation may make stricter."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAXIMUM_LENGTH = 128


class PasswordProblem(StrEnum):
    """What is wrong with a new password; each has its own sentence in the catalogue."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    NO_UPPER_CASE = "password_no_upper_case"
    NO_DIGIT_OR_SYMBOL = "password_no_digit_or_symbol"
    SAME_AS_CURRENT = "password_same_as_current"
    CONFIRMATION_DIFFERS = "password_confirmation_differs"
    CURRENT_WRONG = "password_current_wrong"


@dataclass(frozen=True)
class PasswordPolicy:
    """S39: six characters or more, an upper-case letter, and a digit or a symbol."""

    minimum_length: int = 6

    def problems(self, password: str) -> list[PasswordProblem]:
        """Everything wrong with the password on its own; empty when it may be used."""
        normal = normalized(password)
        found = {
            PasswordProblem.TOO_SHORT: len(normal) < self.minimum_length,
            PasswordProblem.TOO_LONG: len(normal) > MAXIMUM_LENGTH,
            PasswordProblem.NO_UPPER_CASE: not any(letter.isupper() for letter in normal),
            PasswordProblem.NO_DIGIT_OR_SYMBOL: all(letter.isalpha() for letter in normal),
        }
        return [problem for problem, is_there in found.items() if is_there]


def normalized(password: str) -> str:
    """NFC, so that « É » is one character however a keyboard composed it."""
    return unicodedata.normalize("NFC", password)
