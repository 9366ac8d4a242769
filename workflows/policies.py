"""Time-outs and retries by collaborator, each number with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy

# Our own PostgreSQL: short writes as local activities. A restart of the database takes seconds, so the
# pause stays short. No bound: without its record the workflow can do nothing else, and ending it would lose it.
DATABASE_TIMEOUT = timedelta(seconds=5)
DATABASE_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10))

# What a mail activity fails with when the address is refused for good.
MAIL_REFUSED = "mail_refused"

# Mail: above the mailer's own time-out (10 s), so that an attempt never runs beside its retry (F11), and
# low, because a killed worker's mail waits for it (recovery within 15 s). How long a dead server is tried
# is the onboarding's `mail_retry` (30 minutes), which the activity enforces: it alone can tell a worker
# that was away from a mail server that is. The bound here is a guard well above it.
MAIL_TIMEOUT = timedelta(seconds=15)
MAIL_PAUSE, LONGEST_MAIL_PAUSE = timedelta(seconds=1), timedelta(minutes=1)
MAIL_RETRY = RetryPolicy(initial_interval=MAIL_PAUSE, maximum_interval=LONGEST_MAIL_PAUSE, maximum_attempts=200)


def longest_mailing(attempt: int) -> timedelta:
    """What the tries before this one (counted from 1) and the pauses between them can have taken at most."""
    # Doubled ten times it is at its longest anyway.
    pauses = [min(MAIL_PAUSE * 2 ** min(done, 10), LONGEST_MAIL_PAUSE) for done in range(attempt - 1)]
    return sum(pauses, MAIL_TIMEOUT * (attempt - 1))


# The platform: as mail, but a hopeless answer is rarer and an outage longer, hence about an hour.
PLATFORM_TIMEOUT = timedelta(seconds=15)
PLATFORM_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=2), maximum_attempts=35
)
