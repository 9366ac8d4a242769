"""One catalogue for pages, e-mails and API. Message ids are the English sentences; French is translated."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
LOCALE = {"fr": "fr_CA", "en": "en_CA"}
DIRECTORY = Path(__file__).parent / "locale"


def marked(message: str) -> str:
    """Mark a sentence for the catalogue where it is defined; it is translated where it is shown."""
    return message


@cache
def translations(language: Language) -> NullTranslations:
    """The catalogue of a language, compiled in memory from its .po file: no build step, nothing stale."""
    if language == "en":
        return NullTranslations()
    with (DIRECTORY / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def say(language: Language, message: str, **values: object) -> str:
    """The message in that language with its %(name)s placeholders filled in."""
    text = translations(language).gettext(message)
    return text % values if values else text


def language_of(value: str | None, otherwise: Language = "fr") -> Language:
    """`fr` or `en` from a tag such as `en-CA`; French comes first."""
    start = (value or "").lower()[:2]
    return "en" if start == "en" else "fr" if start == "fr" else otherwise


def preferred(accept_language: str) -> Language:
    """The better-liked of the two languages in an Accept-Language header (RFC 9110, 12.5.4)."""
    weights: dict[Language, float] = {}
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        if (start := tag.strip().lower()[:2]) in LANGUAGES:
            weights[language_of(start)] = max(weights.get(language_of(start), 0), _weight(parameters))
    return "en" if weights.get("en", 0) > weights.get("fr", 0) else "fr"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
