"""What any text that people type must be, and what a title must be to stand in an e-mail header (SEC33)."""

import re
import unicodedata

# 100-character titles are real (S32); the header that carries one is folded by our own encoder.
MAXIMUM_TITLE = 150

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset({"\u200c", "\u200d"})  # real words in some scripts need them
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """NFC, trimmed. Line breaks and other controls stay, so that `has_controls` can refuse them by name."""
    return unicodedata.normalize("NFC", text).strip()


def has_controls(text: str) -> bool:
    """Control, bidi, NUL, surrogate, unassigned or line-separator characters, on which readers choke."""
    return any(unicodedata.category(c) in _FORBIDDEN_CATEGORIES and c not in _JOINERS for c in text)


def unsafe_in_header(text: str) -> bool:
    """True for what could make a display name look like, or become, an address (stack.md trap 4)."""
    return has_controls(text) or any(mark in text for mark in ("<", ">", "@", "=?"))


def comparable(text: str) -> str:
    """The form in which two titles or names are the same: case, accents' composition and spacing aside."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
