"""What the domain and the services refuse. The edges turn these into answers and sentences."""

from collections.abc import Mapping, Sequence


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """A rule says no. `code` is stable and documented; `details` carries what the answer must name."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details


class Forbidden(Refused):
    """This person or key may not do it (S1)."""


class NotFound(Refused):
    """No such thing, or not for this caller: both answer alike."""


class Invalid(Refused):
    """Fields are wrong. `fields` maps a field's name to the codes of what is wrong with it."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__("invalid", fields=fields)
        self.fields = fields
