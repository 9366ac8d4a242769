"""A page as a person finds it: its text, its fields by their labels, its links and buttons by their words."""

import re
from html.parser import HTMLParser

from typing_extensions import override

VOID = frozenset({"br", "img", "input", "link", "meta", "hr"})


class Reading(HTMLParser):
    """Everything the tests look at, with white space as a browser shows it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.title = ""
        self.text = ""
        self.headings: list[str] = []
        self.buttons: list[str] = []
        self.labels: dict[str, str] = {}
        """Field's name → label."""
        self.fields: dict[str, dict[str, str | None]] = {}
        """Field's name → its attributes."""
        self.links: dict[str, str] = {}
        """Words → address."""
        self.images: list[dict[str, str | None]] = []
        self.described: dict[str, str] = {}
        """An element's id → its words."""
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        assert not re.search(r"""<[^>]*="[^"]*"[^\s/>]""", html), "an attribute runs into the next"
        self.feed(html)
        self.text = _collapsed(self.text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "html":
            self.lang = attributes.get("lang") or ""
        if tag == "input":
            self.fields[attributes["name"] or ""] = attributes
        if tag in {"img", "svg"}:
            self.images.append(attributes)
        if tag == "br":
            self.handle_data("\n")
        if tag not in VOID:
            self._open.append((tag, attributes, []))

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    @override
    def handle_endtag(self, tag: str) -> None:
        opened, attributes, parts = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        self._keep(tag, attributes, _collapsed("".join(parts)))

    @override
    def handle_data(self, data: str) -> None:
        for _, _, parts in self._open:
            parts.append(data)
        if not any(tag in {"head", "style", "script"} for tag, _, _ in self._open):
            self.text += data

    def _keep(self, tag: str, attributes: dict[str, str | None], words: str) -> None:
        match tag:
            case "title":
                # An SVG has titles of its own; the page's comes first.
                self.title = self.title or words
            case "h1" | "h2":
                self.headings.append(words)
            case "button":
                self.buttons.append(words)
            case "label":
                self.labels[attributes["for"] or ""] = words
            case "a":
                self.links[words] = attributes["href"] or ""
        if name := attributes.get("id"):
            self.described[name] = words


def _collapsed(text: str) -> str:
    """One space for any run of breaking white space; no-break spaces stay."""
    return " ".join(part for part in text.replace("\n", " ").replace("\t", " ").split(" ") if part)
