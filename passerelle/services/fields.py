"""The kinds of fields that people and programs fill in, validated alike behind pages and API (S20).

A wrong value raises an error whose type is one of `faults.Code`; the value itself is never repeated.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar
from zoneinfo import available_timezones

import phonenumbers
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from passerelle.auth.addresses import MAXIMUM_LENGTH as MAXIMUM_ADDRESS
from passerelle.auth.addresses import normalized
from passerelle.domain.errors import Invalid
from passerelle.domain.texts import MAXIMUM_TITLE, clean, has_controls, unsafe_in_header
from passerelle.services.faults import Code, faults_in, wrong

MINIMUM_NAME = 2
MAXIMUM_NAME = 80
MAXIMUM_PHONE = 40
MAXIMUM_REASON = 500
MAXIMUM_LINK = 500
REGION = "CA"
# Longer than any field may be, and short enough that looking at every character costs nothing.
ABSURD_LENGTH = 2_000

_Form = TypeVar("_Form", bound="Form")


class Form(BaseModel):
    """What is filled in: nothing unknown is taken, and no error repeats what was typed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)


def filled(form: type[_Form], values: object, context: Mapping[str, object] | None = None) -> _Form:
    """The form with these values. Raises Invalid that names every wrong field at once."""
    try:
        return form.model_validate(values, context=dict(context or {}))
    except ValidationError as error:
        raise Invalid(faults_in(error)) from None


def _text(maximum: int, minimum: int = 1, *, in_header: bool = False) -> AfterValidator:
    def check(text: str) -> str:
        cleaned = clean(text)
        faults = {
            Code.TOO_LONG: len(cleaned) > maximum,
            Code.CONTROL_CHARACTERS: has_controls(cleaned),
            Code.UNSAFE_CHARACTERS: in_header and unsafe_in_header(cleaned),
            Code.REQUIRED: minimum > 0 and not cleaned,
            Code.TOO_SHORT: len(cleaned) < minimum,
        }
        for code, is_there in faults.items():
            if is_there:
                raise wrong(code)
        return cleaned

    return AfterValidator(check)


def either_or_both_with(other: str) -> AfterValidator:
    """S15: this field may be empty where the one named `other`, which stands before it, is not."""

    def check(text: str, info: ValidationInfo) -> str:
        if not text and not info.data.get(other, "wrong"):
            raise wrong(Code.ONE_LANGUAGE_REQUIRED)
        return text

    return AfterValidator(check)


def _address(text: str) -> str:
    try:
        return normalized(text)
    except ValueError:
        raise wrong(Code.EMAIL_INVALID) from None


def _phone(text: str) -> str:
    """E.164, read as somebody in Canada would dial it; the empty text stays empty."""
    if not text:
        return text
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        raise wrong(Code.PHONE_INVALID) from None
    # E.164 has no room for an extension: dropping it in silence would lose it.
    if number.extension or not phonenumbers.is_valid_number(number):
        raise wrong(Code.PHONE_INVALID)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise wrong(Code.TIME_ZONE_UNKNOWN)
    return name


def _link(address: str) -> str:
    if address and not address.startswith("https://"):
        raise wrong(Code.ADDRESS_INVALID)
    return address


def _accepted(value: bool) -> bool:
    if not value:
        raise wrong(Code.TERMS_NOT_ACCEPTED)
    return value


_Typed = Annotated[str, StringConstraints(max_length=ABSURD_LENGTH)]
Title = Annotated[_Typed, _text(MAXIMUM_TITLE, in_header=True), Field(examples=["Génies en herbe"])]
OptionalTitle = Annotated[_Typed, _text(MAXIMUM_TITLE, 0, in_header=True), Field(examples=["Génies en herbe"])]
PersonName = Annotated[_Typed, _text(MAXIMUM_NAME, MINIMUM_NAME, in_header=True), Field(examples=["Jane"])]
ContactName = Annotated[_Typed, _text(MAXIMUM_NAME, 0, in_header=True), Field(examples=["Daniel Test"])]
ActorName = Annotated[_Typed, _text(MAXIMUM_NAME, 0, in_header=True), Field(examples=["Marie Tremblay"])]
Phone = Annotated[_Typed, _text(MAXIMUM_PHONE), AfterValidator(_phone), Field(examples=["514 555-5555"])]
OptionalPhone = Annotated[_Typed, _text(MAXIMUM_PHONE, 0), AfterValidator(_phone), Field(examples=["514 555-5555"])]
EmailAddress = Annotated[
    _Typed, _text(MAXIMUM_ADDRESS), AfterValidator(_address), Field(examples=["jane.doe@example.com"])
]
PersonReference = Annotated[_Typed, _text(MAXIMUM_ADDRESS), Field(examples=["jane.doe@example.com"])]
"""The e-mail address or the id of somebody whom the Connector knows."""
Reason = Annotated[_Typed, _text(MAXIMUM_REASON, 0), Field(examples=["Asked for by phone"])]
LanguageOfChoice = Annotated[Literal["fr", "en"], Field(examples=["fr"])]
Accepted = Annotated[bool, AfterValidator(_accepted), Field(examples=[True])]
TimeZone = Annotated[_Typed, AfterValidator(_time_zone), Field(examples=["America/Toronto"])]
MeetingLink = Annotated[
    _Typed, _text(MAXIMUM_LINK, 0), AfterValidator(_link), Field(examples=["https://meet.example.com/abc"])
]
Instant = Annotated[AwareDatetime, Field(examples=["2026-12-01T18:00:00Z"])]
