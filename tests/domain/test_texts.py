"""What typed text must be, and what a title must be to stand in an e-mail header (SEC33, S32)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.domain.texts import clean, comparable, has_controls, unsafe_in_header


@pytest.mark.parametrize(
    "text", ["Génies en herbe", 'Les «Aînés», "etc."; a\\b', "数学の友達", "🎓 Mentorat", "می\u200cخواهم", "👩\u200d🏫"]
)
def test_real_titles_are_safe_S32(text: str) -> None:
    assert not has_controls(text)
    assert not unsafe_in_header(text)


@pytest.mark.parametrize(
    "text",
    [
        "line\nbreak", "return\rhere", "nul\0", "bell\a", "escape\x1b[1m", "del\x7f", "next\u0085line",
        "line\u2028separator", "paragraph\u2029separator", "right\u202eleft", "isolate\u2066", "mark\u200f",
        "zero\u200bwidth", "bom\ufeff", "private\ue000", "surrogate\ud800", "unassigned\u0378", "tab\there",
    ],
)  # fmt: skip
def test_invisible_and_control_characters_are_found_SEC33(text: str) -> None:
    assert has_controls(text)
    assert unsafe_in_header(text)


@pytest.mark.parametrize("text", ["<a@b.c>", "a<b", "a>b", "a@b", "=?utf-8?B?QQ==?=", "2=?"])
def test_what_could_pass_for_an_address_or_an_encoded_word_is_unsafe_SEC33(text: str) -> None:
    assert unsafe_in_header(text)
    assert not has_controls(text)


def test_text_is_trimmed_and_composed_and_keeps_its_line_breaks() -> None:
    assert clean("  " + unicodedata.normalize("NFD", "Génies") + "\n") == "Génies"
    assert clean("a\nb") == "a\nb"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "typed", ["génies EN herbe", " Génies  en\u00a0herbe ", unicodedata.normalize("NFD", "Génies en herbe")]
)
def test_titles_are_the_same_but_for_case_spacing_and_composition_S18(typed: str) -> None:
    assert comparable(typed) == comparable("Génies en herbe")


@pytest.mark.parametrize("typed", ["Genies en herbe", "Génies en herbes", "Génies-en-herbe", ""])
def test_titles_that_read_differently_are_different_S18(typed: str) -> None:
    assert comparable(typed) != comparable("Génies en herbe")
