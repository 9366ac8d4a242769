"""What a tour asserts: it is so, it becomes so in time, or the tour ends with one sentence."""

import time
from collections.abc import Callable
from typing import TypeVar

ASK_SECONDS = 0.03
PATIENCE_SECONDS = 20.0
"""Everything that a tour waits for takes well under a second; a laptop that wakes up may take longer."""

_Found = TypeVar("_Found")


class NotSo(Exception):  # noqa: N818 - it is what the tour found, not a fault of the tour
    """Something is not as it should be. Its text is one plain sentence for whoever reads the tour."""


def must(holds: object, otherwise: str) -> None:
    """Raises NotSo(otherwise) unless it holds."""
    if not holds:
        raise NotSo(otherwise)


def eventually(
    look: Callable[[], _Found | None], otherwise: Callable[[], str], seconds: float = PATIENCE_SECONDS
) -> _Found:
    """The first thing that `look` finds. Raises NotSo with what `otherwise` says when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        must(time.monotonic() < deadline, f"{otherwise()} ({seconds:.0f} s were not enough.)")
        time.sleep(ASK_SECONDS)
    return found
