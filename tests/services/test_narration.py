"""Every event has its sentence in both languages, and names who did it (L10)."""

from datetime import UTC, datetime

import pytest

from passerelle.db.tables import TimelineEntry
from passerelle.domain.schedule import Step, StepKind
from passerelle.domain.stages import Cause, Stage
from passerelle.domain.timeline import ActorKind, Event
from passerelle.i18n import LANGUAGES
from passerelle.services.narration import tell, tell_next, who

AT = datetime(2026, 3, 1, 20, 20, tzinfo=UTC)


def _entry(event: str, kind: str = "system", name: str = "", **details: str | int) -> TimelineEntry:
    return TimelineEntry(
        event=event, stage=Stage.PROVISIONING, actor_kind=kind, actor_name=name, details=details, at=AT
    )


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("kind", list(ActorKind))
def test_every_event_is_a_finished_sentence_in_both_languages_L10(event: Event, kind: ActorKind) -> None:
    told = {language: tell(_entry(event, kind, "Marie"), language) for language in LANGUAGES}
    assert told["fr"] != told["en"], "translated"
    for sentence in told.values():
        assert sentence.endswith(".")
        assert "%(" not in sentence


def test_a_person_is_named_and_the_system_is_not() -> None:
    by_hand = _entry(Event.WITHDRAWN, "operator", "Marie Tremblay")
    assert tell(by_hand, "fr").startswith("L’intégration a été retirée par Marie Tremblay (équipe du réseau)")
    assert tell(_entry(Event.WITHDRAWN), "en").startswith("The onboarding was withdrawn;")
    assert who("requester", "", "en") == "the requester"
    assert who("system", "anything", "fr") == ""


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_is_told_in_its_own_words_D4(cause: Cause) -> None:
    general = tell(_entry(Event.ATTENTION_NEEDED), "en")
    assert tell(_entry(Event.ATTENTION_NEEDED, cause=cause.value), "en") != general


def test_a_reminder_that_did_not_leave_is_told_as_such() -> None:
    assert tell(_entry(Event.RECIPIENT_REMINDED, sent=1), "en") == "A reminder was sent to the designated person."
    assert "could not" in tell(_entry(Event.RECIPIENT_REMINDED, sent=0), "en")


def test_news_and_details_that_nobody_knows_yet_still_make_a_sentence() -> None:
    for event in Event:
        assert tell(_entry(event, news="something_new", cause="new", changed="x"), "fr").endswith(".")


def test_a_name_with_a_percent_sign_is_only_a_name() -> None:
    assert "100 %(who)s" in tell(_entry(Event.STARTED, "operator", "100 %(who)s"), "en")


@pytest.mark.parametrize("kind", list(StepKind))
def test_what_happens_next_says_when_in_the_readers_zone_L10(kind: StepKind) -> None:
    told = tell_next(Step(kind, AT), "fr", "America/Toronto")
    assert "dimanche 1er mars 2026 à 15\u00a0h\u00a020" in told
    assert "Sunday, March 1, 2026 at 3:20 p.m." in tell_next(Step(kind, AT), "en", "America/Toronto")
