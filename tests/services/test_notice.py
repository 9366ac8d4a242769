"""The pinned notice (S26-S30, L7)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from passerelle.db.onboardings import Case
from passerelle.db.tables import AccessRequest, Onboarding, Organization, Person, Program
from passerelle.domain.stages import Cause, Facts, stage_of
from passerelle.i18n import LANGUAGES
from passerelle.services.notice import Notice, notice
from passerelle.settings import Settings

AT = datetime(2021, 3, 19, 19, 20, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SENT = Facts(requested=True, training_registered=True, generation=1, provisioned=1, mailing=1, mailed=1, invited_at=AT)


@pytest.fixture
def settings() -> Settings:
    """The seed's own brand and support site (S30)."""
    return Settings(brand="Mentor To Go", support_site="support.mentoringcanada.ca")


def _case(facts: Facts = SENT) -> Case:
    onboarding = Onboarding(id=uuid4(), facts=facts, stage=stage_of(facts), changed_at=AT)
    request = AccessRequest(
        first_name="Jane",
        last_name="Doe",
        email="test12-orgadmin@mentoringcanada.ca",
        requested_at=AT,
    )
    requester = Person(first_name="Daniel", last_name="Test", email="daniel@example.com")
    organization = Organization(name_fr="Organisme ABC", name_en="")
    return Case(onboarding, Program(title_fr="Génies en herbe", title_en=""), organization, request, requester)


def _shown(settings: Settings, case: Case, signed_in_at: datetime | None = None) -> Notice:
    found = notice(settings, case, signed_in_at)
    assert found is not None
    return found


def test_its_slots_stand_in_the_seeds_order_in_both_languages_S28(settings: Settings) -> None:
    shown = _shown(settings, _case())
    for language in LANGUAGES:
        text = " ".join(shown.lines(language))
        slots = [
            "Organisme ABC",
            "Jane Doe (test12-orgadmin@mentoringcanada.ca)",
            "Daniel Test (daniel@example.com)",
            "2021",
            "Mentor To Go",
            "test12-orgadmin@mentoringcanada.ca",
            "indésirable" if language == "fr" else "junk folder",
            "support.mentoringcanada.ca",
        ]
        places: list[int] = []
        for slot in slots:
            places.append(text.index(slot, places[-1] + 1 if places else 0))
        assert places == sorted(places)


def test_its_french_is_correct_S29(settings: Settings) -> None:
    lines = _shown(settings, _case()).lines("fr")
    assert "« Organisme ABC »" in lines[0].replace("\u00a0", " ")
    assert "«\u00a0Organisme ABC\u00a0»" in lines[0]
    assert "le vendredi 19 mars 2021 à 15 h 20" in lines[1].replace("\u00a0", " ")


def test_no_english_sentence_ends_with_two_full_stops(settings: Settings) -> None:
    every = [_shown(settings, _case(facts)) for facts, _ in STATES]
    for shown in every:
        assert ".." not in " ".join(shown.lines("en"))


STATES = [
    (Facts(requested=True, generation=1, mailing=1), "awaiting_training"),
    (Facts(requested=True, training_registered=True, generation=1, mailing=1), "provisioning"),
    (replace(SENT, mailing=2), "inviting"),
    (SENT, "awaiting_registration"),
    (replace(SENT, cause=Cause.BOUNCED, attention_at=LATER), "bounced"),
    (replace(SENT, cause=Cause.INVITATION_FAILED, attention_at=LATER), "invitation_failed"),
    (replace(SENT, cause=Cause.PROVISIONING_FAILED, attention_at=LATER), "provisioning_failed"),
    (replace(SENT, cause=Cause.EXPIRED, attention_at=LATER), "expired"),
    (replace(SENT, registered_at=LATER), "completed"),
    (replace(SENT, withdrawn_at=LATER), "withdrawn"),
    (replace(SENT, lapsed_at=LATER), "lapsed"),
]


@pytest.mark.parametrize(("facts", "state"), STATES)
def test_its_last_line_is_the_true_present_state_L7(settings: Settings, facts: Facts, state: str) -> None:
    shown = _shown(settings, _case(facts))
    assert shown.state == state
    lines = {language: shown.lines(language) for language in LANGUAGES}
    assert lines["fr"][-1].startswith("Maintenant\u00a0:")
    assert lines["en"][-1].startswith("Now:")
    assert lines["fr"][:-1] == _shown(settings, _case()).lines("fr")[:-1], "only the last line changes"


def test_it_says_since_when(settings: Settings) -> None:
    completed = _shown(settings, _case(replace(SENT, registered_at=LATER)))
    assert "samedi 20 mars 2021" in completed.lines("fr")[-1]
    signed_in = _shown(settings, _case(), signed_in_at=LATER)
    assert signed_in.state == "signed_in"
    assert "Jane Doe" in signed_in.lines("fr")[-1]


def test_there_is_none_before_a_request(settings: Settings) -> None:
    case = _case(Facts())
    assert notice(settings, replace(case, request=None, requester=None)) is None


def test_by_program_it_names_the_program_D1(settings: Settings) -> None:
    by_program = settings.model_copy(update={"request_scope": "program"})
    assert _shown(by_program, _case()).entity == {"fr": "Génies en herbe", "en": "Génies en herbe"}
