"""Every e-mail in both languages: complete, safe, light, and readable without HTML (S33, SEC36, SEC38)."""

import re
from dataclasses import replace
from itertools import product

import polib
import pytest
from jinja2 import UndefinedError

from passerelle.i18n import DIRECTORY, LANGUAGES, Language
from passerelle.mail.compose import to_bytes
from passerelle.mail.templates import FOLDER, Content, render
from tests.mail.letters import MESSAGE
from tests.mail.pages import Page

KINDS = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
TO_RECIPIENT = ("invitation", "reminder")
WITH_LINK = (*TO_RECIPIENT, "unlock", "password")
LINK = "https://passerelle.example.com/fr/plateforme/invitation/TYfEyV9-nZjBGtnlD2h8YsKa1aVGtr6kPPNJLhe0n54"
PASSWORD = "5dg6-d8hr-jys4-vfpk-qh9s-tj26"
VALUES: dict[str, object] = {
    "brand": "MentorCity",
    "operator_name": "Mentor Canada",
    "support_site": "support.mentoringcanada.ca",
    "postal_address": "1 rue de l’Exemple, Montréal (Québec)",
    "platform_link": "https://passerelle.example.com/fr/plateforme",
    "first_name": "Jane",
    "program_title": "Génies en herbe",
    "recipient_name": "Jane Doe",
    "recipient_email": "jane.doe@example.com",
    "requester_name": "Daniel Test",
    "requested_at": "vendredi 19 mars 2021",
    "cause": "",
    "awaiting_training": False,
    "email": "jane.doe@example.com",
    "link": LINK,
    "password": PASSWORD,
    "expires_at": "dimanche 18 avril 2021",
}
VARIANTS: list[tuple[str, dict[str, object]]] = [
    *((kind, {}) for kind in KINDS),
    ("invitation", {"password": None}),
    ("reminder", {"password": None}),
    ("attention_needed", {"cause": "expired"}),
    ("attention_needed", {"cause": "bounced"}),
    ("request_received", {"awaiting_training": True}),
]
HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>",
    "template": "{{7*7}} {% raw %} {{ self }} {# #}",
    "quotes": "\"'><script>alert(1)</script>&amp;",
    "format": "%(password)s %s %d 100% %%",
    "long": "🎓" * 150,
}
PEOPLES_OWN = ("first_name", "program_title", "recipient_name", "requester_name", "brand", "operator_name")

every_email = pytest.mark.parametrize(
    ("kind", "language", "other"),
    [(kind, language, other) for (kind, other), language in product(VARIANTS, LANGUAGES)],
    ids=lambda value: value if isinstance(value, str) else "-".join(f"{name}={of}" for name, of in value.items()),
)


def written(kind: str, language: Language = "fr", **other: object) -> Content:
    return render(kind, language, {**VALUES, **other})


def pieces(sentence: str) -> set[str]:
    """What a sentence says between its placeholders, where that is long enough to be recognized."""
    found = {piece.strip(" .:,“”«»\u00a0") for piece in re.split(r"%\(\w+\)s", sentence)}
    return {piece for piece in found if len(piece) > 12}


def sentences_of(language: Language) -> set[str]:
    catalogue = polib.pofile(str(DIRECTORY / "fr" / "LC_MESSAGES" / "messages.po"))
    sides = {"en": [entry.msgid for entry in catalogue], "fr": [entry.msgstr for entry in catalogue]}
    return {piece for sentence in sides[language] for piece in pieces(sentence)}


SENTENCES = {language: sentences_of(language) for language in LANGUAGES}


def test_every_email_is_a_folder_of_three_templates() -> None:
    assert len(KINDS) >= 8
    for kind in KINDS:
        assert {path.name for path in (FOLDER / kind).iterdir()} == {"subject.txt", "body.txt", "body.html"}


@every_email
def test_every_email_is_complete_in_both_languages(kind: str, language: Language, other: dict[str, object]) -> None:
    content = written(kind, language, **other)
    page = Page(content.html)
    assert page.all("html") == [{"lang": language}]
    for part in (content.text, page.text):
        assert "Mentor Canada" in part
        assert "1 rue de l’Exemple, Montréal (Québec)" in part
        assert not re.search(r"\{[{%#]|%\(|\bNone\b|Undefined", part)
    assert re.fullmatch(r"\S[^\r\n]*\S", content.subject)
    assert "\n-- \n" in content.text


@every_email
def test_no_sentence_of_the_other_language_is_left_in_it(
    kind: str, language: Language, other: dict[str, object]
) -> None:
    content = written(kind, language, **other)
    own, foreign = SENTENCES[language], SENTENCES["en" if language == "fr" else "fr"] - SENTENCES[language]
    for part in (content.subject, content.text, Page(content.html).text):
        assert [piece for piece in foreign if piece in part] == []
    assert sum(piece in content.text for piece in own) >= 3


@every_email
def test_text_and_html_say_the_same_sentences(kind: str, language: Language, other: dict[str, object]) -> None:
    content = written(kind, language, **other)
    said_by_text, said_by_html = (
        {piece for piece in SENTENCES[language] if piece in part} for part in (content.text, Page(content.html).text)
    )
    assert said_by_text - only_in_html(content, language) == said_by_html - only_in_html(content, language)


def only_in_html(content: Content, language: Language) -> set[str]:
    """What only HTML says: its heading, and the line under a button."""
    heading = re.sub(r"\s+", " ", re.findall(r"<h1[^>]*>(.*?)</h1>", content.html, re.DOTALL)[0])
    button = {"fr": "Si le bouton ne fonctionne pas", "en": "If the button does not work"}[language]
    return {piece for piece in SENTENCES[language] if piece in heading or piece.startswith(button)}


@every_email
def test_an_email_is_light_and_loads_nothing_SEC38(kind: str, language: Language, other: dict[str, object]) -> None:
    content = written(kind, language, program_title=HOSTILE["long"], **other)
    message = replace(MESSAGE, subject=content.subject, text=content.text, html=content.html)
    assert len(to_bytes(message)) < 100_000
    page = Page(content.html)
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "div", "h1", "p", "a", "br", "span", "strong",
    }  # fmt: skip
    assert not re.search(r"src=|url\(|@import|<link", content.html)
    assert {attributes["href"] for attributes in page.all("a")} <= {LINK, VALUES["platform_link"]}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", WITH_LINK)
def test_link_and_credential_are_the_same_with_and_without_html_S33(kind: str, language: Language) -> None:
    content = written(kind, language)
    page = Page(content.html)
    assert [attributes["href"] for attributes in page.all("a")] == [LINK]
    for part in (content.text, page.text):
        assert re.findall(r"https?://\S+", part) == [LINK]
        assert (PASSWORD in part) == (kind in TO_RECIPIENT)
        assert re.findall(r"(?:\w{4}-){5}\w{4}", part) == [PASSWORD] * (kind in TO_RECIPIENT)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TO_RECIPIENT)
def test_an_address_with_an_account_gets_the_link_but_no_password_F45(kind: str, language: Language) -> None:
    content = written(kind, language, password=None)
    for part in (content.text, Page(content.html).text):
        assert LINK in part
        assert "jane.doe@example.com" in part
        assert not re.search(r"usage unique|[Oo]ne-time", part)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_people_typed_is_shown_literally_and_never_run_SEC36(kind: str, name: str) -> None:
    typed = HOSTILE[name]
    content = written(kind, "fr", **dict.fromkeys(PEOPLES_OWN, typed))
    harmless, page = Page(written(kind, "fr").html), Page(content.html)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    for part in (content.text, page.text):
        assert typed in part
        assert "49" not in part


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"unlock", "password", "welcome", "completed"}))
def test_the_subject_names_the_program(kind: str) -> None:
    assert "«\u00a0Génies en herbe\u00a0»" in written(kind, "fr").subject
    assert "“Génies en herbe”" in written(kind, "en").subject


def test_a_title_cannot_break_out_of_the_subject_line() -> None:
    assert "\n" not in written("invitation", "fr", program_title="a\r\nBcc: x").subject


@pytest.mark.parametrize("kind", KINDS)
def test_dark_mode_survives_and_styles_are_inlined(kind: str) -> None:
    html = written(kind).html
    assert "@media (prefers-color-scheme: dark)" in html
    assert re.search(r'<h1 style="[^"]*font-size', html)


def test_a_forgotten_value_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        render("invitation", "fr", {name: value for name, value in VALUES.items() if name != "link"})
