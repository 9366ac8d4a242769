"""Pages of long lists: a cursor says where the last page ended, so that nothing is skipped or shown twice."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from passerelle.domain.errors import Invalid
from passerelle.services.faults import Code

MAXIMUM_LIMIT = 200
_SEPARATOR = "~"

_Row = TypeVar("_Row")
_A = TypeVar("_A")
_B = TypeVar("_B")


@dataclass(frozen=True)
class Page(Generic[_Row]):
    """Some rows, and the cursor of the next page; None after the last."""

    rows: Sequence[_Row]
    next_cursor: str | None

    @classmethod
    def of(cls, found: Sequence[_Row], limit: int, cursor: Callable[[_Row], str]) -> "Page[_Row]":
        """The page from up to `limit` + 1 rows: the one too many only tells that there is a next page."""
        rows = found[:limit]
        return cls(rows, cursor(rows[-1]) if len(found) > limit else None)


def cursor_of(*values: object) -> str:
    """An opaque cursor: clients hand it back as it is."""
    joined = _SEPARATOR.join(str(value) for value in values)
    return base64.urlsafe_b64encode(joined.encode()).decode().rstrip("=")


def place_in(cursor: str, first: Callable[[str], _A], second: Callable[[str], _B]) -> tuple[_A, _B]:
    """What a cursor of two values holds. Raises Invalid for anything that `cursor_of` did not make."""
    try:
        one, two = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(_SEPARATOR)
        return first(one), second(two)
    except (ValueError, binascii.Error):
        raise Invalid({"cursor": [Code.MALFORMED]}) from None
