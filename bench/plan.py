"""What is measured in which lane."""

from dataclasses import dataclass

REST_SECONDS = 0.25


@dataclass(frozen=True)
class Level:
    """How many onboardings are in flight, and how many are taken through in one measurement."""

    name: str
    in_flight: int
    count: int
    rest: float = 0
    """Seconds in which the training registration settles before the access request is sent."""


@dataclass(frozen=True)
class Plan:
    """Rounds over all levels; `seconds` is how long they may take together, after the first one."""

    lane: str
    levels: tuple[Level, ...]
    warm_up: Level
    seconds: float


DEFAULT = Plan(
    "default",
    (
        Level("at rest", 1, 12, REST_SECONDS),
        Level("1", 1, 12),
        Level("32", 32, 80),
        Level("100", 100, 140),
    ),
    Level("warm-up", 32, 48),
    seconds=215,
)
QUICK = Plan(
    "quick",
    (Level("at rest", 1, 6, REST_SECONDS), Level("1", 1, 6), Level("32", 32, 48)),
    Level("warm-up", 16, 24),
    seconds=40,
)
SMOKE = Plan("smoke", (Level("1", 1, 2), Level("3", 3, 3)), Level("warm-up", 1, 1), seconds=0)
