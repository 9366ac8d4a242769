"""Facts and durations as the JSON that stands in columns."""

from typing import Any, cast

from pydantic import TypeAdapter

from passerelle.domain.schedule import Durations
from passerelle.domain.stages import Facts

_FACTS = TypeAdapter(Facts)
_DURATIONS = TypeAdapter(Durations)


def facts_to_json(facts: Facts) -> dict[str, object]:
    """Only what differs from a new onboarding's facts, so that an outbox row stays short."""
    return cast("dict[str, Any]", _FACTS.dump_python(facts, mode="json", exclude_defaults=True))


def facts_from_json(stored: dict[str, object]) -> Facts:
    return _FACTS.validate_python(stored)


def durations_to_json(durations: Durations) -> dict[str, object]:
    return cast("dict[str, Any]", _DURATIONS.dump_python(durations, mode="json"))


def durations_from_json(stored: dict[str, object]) -> Durations:
    return _DURATIONS.validate_python(stored)
