"""How long to wait before a service that ended by itself is started again, and when to stop trying."""

AT_ONCE_SECONDS = 5
"""A process that lived no longer than this ended «at once»."""
TRIES_AT_ONCE = 3
STEADY_SECONDS = 60
"""A process that lived this long was well: its end is counted as the first again."""
LONGEST_PAUSE_SECONDS = 30


class Restarts:
    """The ends of one service's processes in a row."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._at_once = 0

    def pause_after(self, lived: float) -> float | None:
        """Seconds to wait after a process that lived so many seconds: 1, 2, 4 … 30. None: give up."""
        self._in_a_row = 1 if lived >= STEADY_SECONDS else self._in_a_row + 1
        self._at_once = self._at_once + 1 if lived <= AT_ONCE_SECONDS else 0
        if self._at_once == TRIES_AT_ONCE:
            return None
        return min(2.0 ** (self._in_a_row - 1), LONGEST_PAUSE_SECONDS)
