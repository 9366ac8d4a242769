"""What may be wrong with a field: one stable code and one sentence each, for pages and API alike (S20)."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from passerelle.i18n import Language, marked, say


class Code(StrEnum):
    """Stable; clients may rely on them."""

    REQUIRED = "required"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CONTROL_CHARACTERS = "control_characters"
    UNSAFE_CHARACTERS = "unsafe_characters"
    TITLE_DIFFERS = "title_differs"
    PHONE_INVALID = "phone_invalid"
    EMAIL_INVALID = "email_invalid"
    LANGUAGE_UNKNOWN = "language_unknown"
    TERMS_NOT_ACCEPTED = "terms_not_accepted"
    ONE_LANGUAGE_REQUIRED = "one_language_required"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    ADDRESS_INVALID = "address_invalid"
    NOT_FOUND = "not_found"
    NOTHING_TO_CHANGE = "nothing_to_change"
    LOGO_TOO_LARGE = "logo_too_large"
    LOGO_TOO_MANY_PIXELS = "logo_too_many_pixels"
    LOGO_NOT_AN_IMAGE = "logo_not_an_image"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_FIELD = "unknown_field"
    MALFORMED = "malformed"


SENTENCES: Mapping[str, str] = {
    Code.REQUIRED: marked("Fill in this field."),
    Code.TOO_SHORT: marked("Enter at least 2 characters."),
    Code.TOO_LONG: marked("Shorten this text: it is too long."),
    Code.CONTROL_CHARACTERS: marked("Remove the line breaks and invisible characters from this text."),
    Code.UNSAFE_CHARACTERS: marked("Remove the characters <, >, @ and =? from this text."),
    Code.TITLE_DIFFERS: marked("The title must be the one that the program has in the Connector."),
    Code.PHONE_INVALID: marked("Enter a phone number with its area code, without an extension: 514 555-1234."),
    Code.EMAIL_INVALID: marked("Enter an e-mail address such as name@example.com."),
    Code.LANGUAGE_UNKNOWN: marked("Choose French (fr) or English (en)."),
    Code.TERMS_NOT_ACCEPTED: marked("Accept the terms of use and the privacy policy."),
    Code.ONE_LANGUAGE_REQUIRED: marked("Fill in the French or the English field, or both."),
    Code.TIME_ZONE_UNKNOWN: marked("Enter a time zone such as America/Toronto."),
    Code.ADDRESS_INVALID: marked("Enter an address that starts with https://."),
    Code.NOT_FOUND: marked("There is nothing with this id."),
    Code.NOTHING_TO_CHANGE: marked("Give at least one field to change."),
    Code.LOGO_TOO_LARGE: marked("Choose an image of at most 1 MB."),
    Code.LOGO_TOO_MANY_PIXELS: marked("Choose an image of at most 4 million pixels, best 300 × 300."),
    Code.LOGO_NOT_AN_IMAGE: marked("Choose a PNG, JPEG or WebP image."),
    Code.OUT_OF_RANGE: marked("This number is too small or too large."),
    Code.UNKNOWN_FIELD: marked("There is no field of this name here."),
    Code.MALFORMED: marked("This value does not have the expected form."),
}

_CODES = frozenset(code.value for code in Code)
_OF_PYDANTIC: Mapping[str, Code] = {
    "missing": Code.REQUIRED,
    "extra_forbidden": Code.UNKNOWN_FIELD,
    "string_too_long": Code.TOO_LONG,
    "too_long": Code.TOO_LONG,
    "greater_than_equal": Code.OUT_OF_RANGE,
    "less_than_equal": Code.OUT_OF_RANGE,
}


def sentence(code: str, language: Language) -> str:
    """What the code says to a person."""
    return say(language, SENTENCES.get(code, SENTENCES[Code.MALFORMED]))


def wrong(code: Code) -> PydanticCustomError:
    """The error that a validator raises; it does not repeat the value."""
    return PydanticCustomError(code.value, code.value)


def faults_in(error: ValidationError) -> dict[str, list[str]]:
    """Field name (dotted where nested) → codes, for every field that is wrong."""
    found: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in fault["loc"])
        found.setdefault(name, []).append(code_of(fault["type"], name))
    return found


def code_of(pydantic_type: str, field: str) -> str:
    """Our code for what Pydantic found at the field."""
    if pydantic_type == "literal_error" and field.rpartition(".")[2] == "language":
        return Code.LANGUAGE_UNKNOWN
    return pydantic_type if pydantic_type in _CODES else _OF_PYDANTIC.get(pydantic_type, Code.MALFORMED)
