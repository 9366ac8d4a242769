"""The addresses that stand in e-mails. All start with the configured base URL, never with a request's Host (SEC23)."""

from passerelle.i18n import Language

PLATFORM = {"fr": "/fr/plateforme", "en": "/en/platform"}
ACCOUNT_TOKEN = {
    "unlock": {"fr": "deverrouillage", "en": "unlock"},
    "password": {"fr": "mot-de-passe", "en": "password"},
}


def platform(base_url: str, language: Language) -> str:
    """The platform's sign-in page (S34)."""
    return f"{base_url}{PLATFORM[language]}"


def invitation(base_url: str, language: Language, token: str) -> str:
    """The link of an invitation e-mail (S33)."""
    return f"{platform(base_url, language)}/invitation/{token}"


def account_token(base_url: str, language: Language, purpose: str, token: str) -> str:
    """The link of an `unlock` or `password` e-mail (S35, S36)."""
    return f"{platform(base_url, language)}/{ACCOUNT_TOKEN[purpose][language]}/{token}"
