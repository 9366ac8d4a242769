"""An e-mail's HTML as a reader takes it in."""

import re
from html.parser import HTMLParser

from typing_extensions import override

SILENT = {"style", "title", "script"}


class Page(HTMLParser):
    """`elements` are (tag, attributes) in order, `text` what is visible, in one line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._is_silent = False
        self.feed(html)
        self.close()
        self.text = re.sub(r"[ \t\r\n]+", " ", self.text).strip(" ")

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._is_silent = tag in SILENT

    @override
    def handle_endtag(self, tag: str) -> None:
        self._is_silent = False
        self.text += " "

    @override
    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self.text += data
