"""A page of the platform, read as far as a tour needs it: headings, text, forms, what is said to be wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

PROBLEM = "-problem"
VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
INLINE = frozenset({"a", "abbr", "b", "em", "i", "span", "strong"})
UNSEEN = frozenset({"script", "style", "title", "svg"})


@dataclass(frozen=True)
class Form:
    """Where it is sent, and its fields by name with the values that they stand at."""

    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """`problems` are the sentences beside each wrong field; `images` are addresses as written."""

    text: str
    headings: Sequence[str]
    forms: Sequence[Form]
    problems: Mapping[str, Sequence[str]]
    images: Sequence[str]


@dataclass
class _Element:
    """An element that is still open, or a form, with what was found in it so far."""

    tag: str
    attributes: Mapping[str, str]
    words: list[str] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        return self.tag in UNSEEN or "visually-hidden" in self.attributes.get("class", "").split()


def read(html: str) -> Document:
    """The page in `html`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Document(
        text=_joined(reader.words),
        headings=reader.headings,
        forms=[Form(action, fields) for action, fields in reader.forms],
        problems=reader.problems,
        images=reader.images,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.headings: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.problems: dict[str, list[str]] = {}
        self.images: list[str] = []
        self._open: list[_Element] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, {name: value or "" for name, value in attrs})
        self._separate(tag)
        if tag == "form":
            self.forms.append((element.attributes.get("action", ""), {}))
        elif tag == "input":
            self._note_field(element.attributes)
        elif tag == "img":
            self.images.append(element.attributes.get("src", ""))
        if tag not in VOID:
            self._open.append(element)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        self._separate(tag)
        while any(element.tag == tag for element in self._open):
            element = self._open.pop()
            self._note(element)
            if element.tag == tag:
                return

    @override
    def handle_data(self, data: str) -> None:
        if any(element.is_hidden for element in self._open):
            return
        self.words.append(data)
        for element in self._open:
            element.words.append(data)

    def _separate(self, tag: str) -> None:
        """Blocks stand apart, whatever the source's line breaks."""
        if tag not in INLINE:
            self.handle_data(" ")

    def _note_field(self, attributes: Mapping[str, str]) -> None:
        is_unticked = attributes.get("type") == "checkbox" and "checked" not in attributes
        if self.forms and attributes.get("name") and not is_unticked:
            self.forms[-1][1][attributes["name"]] = attributes.get("value", "")

    def _note(self, element: _Element) -> None:
        if element.tag in {"h1", "h2"}:
            self.headings.append(_joined(element.words))
        around = next((each for each in self._open if each.attributes.get("id", "").endswith(PROBLEM)), None)
        if element.tag == "p" and around:
            name = around.attributes["id"].removesuffix(PROBLEM)
            self.problems.setdefault(name, []).append(_joined(element.words))


def _joined(words: Sequence[str]) -> str:
    """The words with one space between them."""
    return " ".join("".join(words).split())
