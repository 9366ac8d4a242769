"""Facts and durations as JSON: exact, short, and readable by the version before and after (F35, F38)."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from pydantic import ValidationError

from passerelle.db.serialization import durations_from_json, durations_to_json, facts_from_json, facts_to_json
from passerelle.domain.schedule import Durations
from passerelle.domain.stages import Cause, Facts
from tests.domain.test_transition_properties import any_facts

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


@given(any_facts)
def test_facts_come_back_as_they_were(facts: Facts) -> None:
    assert facts_from_json(facts_to_json(facts)) == facts


def test_a_new_onboarding_takes_no_room() -> None:
    assert facts_to_json(Facts()) == {}


def test_facts_are_plain_json_to_the_microsecond() -> None:
    facts = Facts(version=3, requested=True, cause=Cause.EXPIRED, attention_at=AT)
    assert facts_to_json(facts) == {
        "version": 3,
        "requested": True,
        "cause": "expired",
        "attention_at": "2026-03-01T12:30:15.123456Z",
    }


def test_facts_of_another_version_of_the_program_can_be_read_F38() -> None:
    assert facts_from_json({"version": 2, "from_the_future": 1}) == Facts(version=2)


def test_facts_that_make_no_sense_are_refused_F35() -> None:
    with pytest.raises(ValidationError):
        facts_from_json({"version": "many"})


def test_times_that_are_read_again_are_aware() -> None:
    found = facts_from_json({"expires_at": "2026-03-01T12:30:15.123456Z"}).expires_at
    assert found == AT
    assert found.tzinfo is not None


def test_durations_come_back_as_they_were_L4() -> None:
    durations = Durations(reminders=(1.5, 2.0), requester_reminder=3, expiry=4, lapse=5, mail_retry=6)
    assert durations_from_json(durations_to_json(durations)) == durations
    assert set(durations_to_json(durations)) == {field.name for field in fields(Durations)}
