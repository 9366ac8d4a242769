"""When an account locks after wrong passwords, and for how long (S36, SEC11)."""

from dataclasses import dataclass
from datetime import timedelta

# At most one unlock or new-password mail per account in this time, whoever asks (SEC11).
PAUSE_BETWEEN_MAILS = timedelta(minutes=15)


@dataclass(frozen=True)
class Lockout:
    """`tries` wrong passwords in a row lock the account for `lasts`."""

    tries: int = 10
    lasts: timedelta = timedelta(hours=1)
