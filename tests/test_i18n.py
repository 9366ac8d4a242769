"""One catalogue in two languages: complete, exact, in good French, and nothing visible beside it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir

from passerelle.i18n import DIRECTORY, LANGUAGES, Language, language_of, preferred, say, translations

ROOT = Path(__file__).parents[1]
SOURCES = ("passerelle", "web", "api", "activities", "workflows")
# What a terminal shows on a laptop is English only, and so is the mail catcher.
METHODS = [("embedded/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"marked": None, "say": (2,), "_": None}
TEMPLATES = [
    template
    for folder in ("web/templates", "passerelle/mail/templates")
    for template in sorted((ROOT / folder).rglob("*.*"))
]

PLACEHOLDER = re.compile(r"%\((\w+)\)([a-z])")
NO_BREAK = "\u00a0\u202f"
# Code and addresses keep their own punctuation.
QUOTED_CODE = re.compile(r"`[^`]*`|https?://\S*|=\?")
JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{% block width %\}\w+|\{%.*?%\}", re.DOTALL)
MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>|&\w+;", re.DOTALL)
SPOKEN_ATTRIBUTE = re.compile(r'\s(?:alt|title|aria-label|placeholder|label)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")


@cache
def french() -> polib.POFile:
    return polib.pofile(str(DIRECTORY / "fr" / "LC_MESSAGES" / "messages.po"))


@cache
def sentences() -> dict[str, str]:
    """Every marked sentence of the sources, with the place where it stands."""
    return {message: place for source in SOURCES for message, place in _marked_in(source)}


def _marked_in(source: str) -> Iterator[tuple[str, str]]:
    found = extract_from_dir(str(ROOT / source), method_map=METHODS, keywords=KEYWORDS)
    for name, line, message, _, _ in found:
        yield (message if isinstance(message, str) else message[0]), f"{source}/{name}:{line}"


def test_every_marked_sentence_is_translated() -> None:
    translated = {entry.msgid for entry in french() if entry.msgstr}
    assert {place: message for message, place in sentences().items() if message not in translated} == {}


def test_every_translation_is_of_a_marked_sentence() -> None:
    assert [entry.msgid for entry in french() if entry.msgid not in sentences()] == []


def test_the_sources_are_really_read() -> None:
    places = sentences().values()
    for part in ("passerelle/mail/", "passerelle/services/", "passerelle/dates.py", "web/templates/"):
        assert any(place.startswith(part) for place in places), part


def test_nothing_is_fuzzy_obsolete_or_there_twice() -> None:
    assert french().fuzzy_entries() == []
    assert french().obsolete_entries() == []
    assert len({entry.msgid for entry in french()}) == len(french())


def test_both_languages_fill_in_the_same_placeholders() -> None:
    for entry in french():
        assert sorted(PLACEHOLDER.findall(entry.msgid)) == sorted(PLACEHOLDER.findall(entry.msgstr)), entry.msgid
        assert PLACEHOLDER.sub("", entry.msgid + entry.msgstr).replace("%%", "").count("%") == 0, entry.msgid


def test_french_punctuation_never_starts_a_line() -> None:
    """A no-break space before « : » and inside « »; before ; ? ! one or, as usual in Canada, none."""
    for entry in french():
        text = QUOTED_CODE.sub("", entry.msgstr)
        assert not re.search(rf"[^{NO_BREAK}][:»]|«[^{NO_BREAK}]|[ ][;?!]", text), entry.msgstr


def test_typographic_apostrophes_and_quotation_marks_are_used() -> None:
    for entry in french():
        assert not set("'\"“”") & set(QUOTED_CODE.sub("", entry.msgstr)), entry.msgstr
        assert not set("'\"") & set(QUOTED_CODE.sub("", entry.msgid)), entry.msgid


def test_both_languages_end_a_sentence_in_the_same_way() -> None:
    for entry in french():
        ends = [text[-1] if text[-1] in ".:?!,…" else "" for text in (entry.msgid, entry.msgstr)]
        assert ends[0] == ends[1], entry.msgid


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_visible_word_escapes_the_catalogue(template: Path) -> None:
    static = JINJA.sub("", template.read_text())
    spoken = " ".join(SPOKEN_ATTRIBUTE.findall(static))
    assert WORD.findall(MARKUP.sub(" ", static)) + WORD.findall(spoken) == []


def test_a_sentence_is_said_in_either_language() -> None:
    assert say("en", "%(span)s ago", span="21 days") == "21 days ago"
    assert say("fr", "%(span)s ago", span="21 jours") == "Il y a 21 jours"


def test_a_sentence_without_values_may_hold_a_percent_sign() -> None:
    for language in LANGUAGES:
        assert say(language, "100 %") == "100 %"


def test_english_needs_no_catalogue_and_french_is_compiled_once() -> None:
    assert translations("fr") is translations("fr")
    assert translations("en").gettext("Hello %(name)s,") == "Hello %(name)s,"
    assert translations("fr").gettext("Hello %(name)s,") == "Bonjour %(name)s,"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR", "fr"), ("en", "en"), ("en-CA", "en"), ("EN_us", "en"), ("de", "fr"),
     ("", "fr"), (None, "fr")],
)  # fmt: skip
def test_french_comes_first_where_the_language_is_unknown(tag: str | None, language: Language) -> None:
    assert language_of(tag) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("*", "fr"),
        ("de-DE, it", "fr"),
        ("en", "en"),
        ("en-CA,en;q=0.9", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.8, fr;q=0.9", "fr"),
        ("en;q=0.9, fr;q=0.8", "en"),
        ("en, fr", "fr"),
        ("en;q=0", "fr"),
        ("en;q=abc, fr;q=0.1", "fr"),
        ("en ; q=0.5 , de", "en"),
    ],
)
def test_a_browser_gets_the_language_it_likes_better_RFC_9110(header: str, language: Language) -> None:
    assert preferred(header) == language
