"""The address of every page in both languages, and the same page in the other one."""

import re
from enum import StrEnum
from functools import cache

from passerelle import links
from passerelle.i18n import LANGUAGES, Language


class Page(StrEnum):
    """Every page, by what it is for."""

    ENTRY = "entry"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    INVITATION = "invitation"
    FORGOTTEN = "forgotten"
    FORGOTTEN_LINK = "forgotten_link"
    UNLOCK = "unlock"
    UNLOCK_LINK = "unlock_link"
    HOME = "home"
    SETTINGS = "settings"
    MESSAGING = "messaging"
    ACCEPTANCE = "acceptance"
    DONE = "done"


def _mailed(page: str) -> dict[Language, str]:
    """A page that e-mails link to: its address has one owner."""
    return {language: links.account_token("", language, page, "{token}") for language in LANGUAGES}


def _below_platform(french: str, english: str) -> dict[Language, str]:
    return {"fr": f"{links.platform('', 'fr')}/{french}", "en": f"{links.platform('', 'en')}/{english}"}


PATHS: dict[Page, dict[Language, str]] = {
    Page.ENTRY: {"fr": "/fr", "en": "/en"},
    Page.SIGN_IN: {language: links.platform("", language) for language in LANGUAGES},
    Page.SIGN_OUT: _below_platform("deconnexion", "sign-out"),
    Page.INVITATION: {language: links.invitation("", language, "{token}") for language in LANGUAGES},
    Page.FORGOTTEN: _below_platform("mot-de-passe-oublie", "forgotten-password"),
    Page.FORGOTTEN_LINK: _mailed("password"),
    Page.UNLOCK: _below_platform("deverrouillage", "unlock"),
    Page.UNLOCK_LINK: _mailed("unlock"),
    Page.HOME: _below_platform("accueil", "home"),
    Page.SETTINGS: _below_platform("parametres", "settings"),
    Page.MESSAGING: _below_platform("parametres/messagerie", "settings/email"),
    Page.ACCEPTANCE: _below_platform("acceptation", "acceptance"),
    Page.DONE: _below_platform("inscription-terminee", "registration-complete"),
}


def path_to(language: Language, page: Page, token: str = "") -> str:
    """The page's path; `token` where it has one."""
    return PATHS[page][language].format(token=token)


def in_other_language(path: str) -> str:
    """The same page in the other language; the entry page for a path that is no page."""
    other: Language = "fr" if path_language(path) == "en" else "en"
    for page, pattern in _patterns():
        if found := pattern.fullmatch(path):
            return path_to(other, page, **found.groupdict())
    return path_to(other, Page.ENTRY)


def path_language(path: str) -> Language | None:
    """The language that a path is in; None outside the pages."""
    start = path.split("/")[1] if path.startswith("/") else ""
    return "fr" if start == "fr" else "en" if start == "en" else None


@cache
def _patterns() -> list[tuple[Page, re.Pattern[str]]]:
    return [
        (page, re.compile(path.replace("{token}", "(?P<token>[^/]+)")))
        for page, paths in PATHS.items()
        for path in paths.values()
    ]
