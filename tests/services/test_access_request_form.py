"""The one validation of the form, for pages and API (S18, S20, S23)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passerelle.domain.errors import Invalid
from passerelle.domain.texts import has_controls, unsafe_in_header
from passerelle.services.access_request import AccessRequestByApi, AccessRequestForm, filled_in, reference_to_person
from passerelle.services.faults import SENTENCES, sentence

TITLE = "Génies en herbe"
GOOD = {
    "program_title": TITLE,
    "first_name": "Daniel",
    "last_name": "Test",
    "phone": "5145555555",
    "email": "test20-orgadmin@mentoringcanada.ca",
    "language": "fr",
    "accept_terms": "on",
}
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text()), st.just({"a": 1})
)


def _filled(**values: object) -> AccessRequestForm:
    return filled_in(AccessRequestForm, {**GOOD, **values}, [TITLE])


def _faults(**values: object) -> dict[str, list[str]]:
    """What is wrong with the form; nothing when it was taken."""
    try:
        _filled(**values)
    except Invalid as invalid:
        return {name: list(codes) for name, codes in invalid.fields.items()}
    return {}


def test_the_seeds_form_is_right_as_a_browser_sends_it_S20() -> None:
    form = _filled()
    assert (form.phone, form.accept_terms) == ("+15145555555", True)


@pytest.mark.parametrize(
    "typed", ["514 555-5555", "(514) 555-5555", "1-514-555-5555", "+1 514 555 5555", "514.555.5555", "5145555555 "]
)
def test_a_canadian_number_may_be_written_in_any_usual_way_S20(typed: str) -> None:
    assert _filled(phone=typed).phone == "+15145555555"


@pytest.mark.parametrize("typed", ["555-5555", "514 555-5555 poste 12", "514555555x", "112", "+1 514", "phone", "१२"])
def test_a_number_that_cannot_be_dialled_as_it_is_is_refused_S20(typed: str) -> None:
    assert _faults(phone=typed) == {"phone": ["phone_invalid"]}


@pytest.mark.parametrize(
    "typed",
    ["jane", "jane@", "@example.com", "jane@example", "a b@example.com", "Jane <jane@example.com>", "é@example.com"],
)
def test_an_address_that_cannot_be_written_to_is_refused_S20(typed: str) -> None:
    assert _faults(email=typed) == {"email": ["email_invalid"]}


def test_an_address_is_stored_in_one_form_S20() -> None:
    assert _filled(email=" Jane.Doe@Example.COM ").email == "jane.doe@example.com"
    assert _filled(email="jane@exämple.ca").email == "jane@xn--exmple-cua.ca"


def test_names_have_two_characters_or_more_and_at_most_eighty_S20() -> None:
    assert _filled(first_name="Bo", last_name="x" * 80).first_name == "Bo"
    assert _faults(first_name="B", last_name="x" * 81) == {"first_name": ["too_short"], "last_name": ["too_long"]}
    assert _faults(first_name="  ", last_name="\u00a0") == {"first_name": ["required"], "last_name": ["required"]}


@pytest.mark.parametrize("name", ["O’Neil-Tremblay", "Nguyễn Thị", "José María", "李小龙", "Jr., Martin"])
def test_real_names_are_taken_as_they_are(name: str) -> None:
    assert _filled(last_name=f" {name} ").last_name == name


def test_a_composed_letter_is_one_letter_S39() -> None:
    assert _filled(first_name="E\u0301lise").first_name == "Élise"


@pytest.mark.parametrize("missing", [None, False, "off", "false", "0", ""])
def test_the_terms_must_be_accepted_S23(missing: object) -> None:
    faults = _faults(accept_terms=missing)
    assert list(faults) == ["accept_terms"]


def test_an_unticked_box_is_a_field_that_is_not_sent_S23() -> None:
    values = {name: value for name, value in GOOD.items() if name != "accept_terms"}
    with pytest.raises(Invalid) as raised:
        filled_in(AccessRequestForm, values, [TITLE])
    assert raised.value.fields == {"accept_terms": ["terms_not_accepted"]}


def test_either_title_will_do_and_no_other_S18() -> None:
    titles = [TITLE, "Whiz Kids"]
    assert filled_in(AccessRequestForm, {**GOOD, "program_title": "Whiz Kids"}, titles).program_title == "Whiz Kids"
    assert _faults(program_title="Whiz Kids") == {"program_title": ["title_differs"]}
    assert _faults(program_title="") == {"program_title": ["required"]}


def test_the_requester_is_a_field_of_the_api_only_S21() -> None:
    assert _faults(requested_by="daniel@example.com") == {"requested_by": ["unknown_field"]}
    by_api = filled_in(AccessRequestByApi, {**GOOD, "requested_by": "daniel@example.com"}, [TITLE])
    assert isinstance(by_api, AccessRequestForm)


@given(name=st.sampled_from(sorted(GOOD)), value=ANYTHING)
@example(name="first_name", value="a\u0000b")
@example(name="first_name", value="\ud800")
@example(name="phone", value="9" * 2000)
@example(name="email", value="a@" + "b" * 3000)
@example(name="last_name", value="=?utf-8?q?=0d=0aBcc:x?=")
def test_whatever_is_typed_is_taken_clean_or_refused_by_name_S20(name: str, value: object) -> None:
    if faults := _faults(**{name: value}):
        assert set(faults) == {name}
        assert {code for codes in faults.values() for code in codes} <= set(SENTENCES)
        return
    form = _filled(**{name: value})
    for field in ("program_title", "first_name", "last_name"):
        taken = getattr(form, field)
        assert not unsafe_in_header(taken)
        assert taken == taken.strip()
    assert not has_controls(form.email + form.phone)
    assert form.phone.startswith("+")


@given(values=st.dictionaries(st.sampled_from([*sorted(GOOD), "surprise"]), ANYTHING))
def test_every_wrong_field_is_named_at_once_whatever_else_is_wrong_S20(values: dict[str, object]) -> None:
    """What is wrong alone is wrong together: no fault hides another."""
    alone = {field for name, value in values.items() for field in _faults(**{name: value})}
    assert set(_faults(**values)) == alone


@given(typed=ANYTHING)
@example(typed=" Daniel@Example.com ")
@example(typed="not\u0000a person")
def test_a_person_is_named_by_an_address_an_id_or_not_at_all_S1(typed: object) -> None:
    found = reference_to_person(typed)
    assert found is None or (isinstance(typed, str) and not has_controls(found) and found == found.strip().lower())


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_code_speaks_both_languages_S20(code: str) -> None:
    assert sentence(code, "fr") != sentence(code, "en")
    assert sentence(code, "en").endswith((".", "1234."))
