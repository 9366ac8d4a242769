"""A caught message as people read it: its headers in plain text, its bodies, links and attachments.

Whatever was sent must be readable here, malformed or hostile: nothing in this module raises for odd input.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from html.parser import HTMLParser

from typing_extensions import override

# What the standard library's header parser is known to raise on malformed input.
PARSER_FAULTS = (ValueError, LookupError, AttributeError, TypeError, AssertionError)
LINK = re.compile(r"https?://[^\s<>\"'\])}]+")
# Space between two encoded words is not part of the text (RFC 2047, 6.2); the standard library keeps it in names.
BETWEEN_ENCODED_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
PICTURES = {number: 0x2400 + number for number in range(32) if chr(number) not in "\n\t"} | {127: 0x2421}
"""Control characters as the visible signs that Unicode has for them."""


@dataclass(frozen=True)
class Person:
    """A mailbox of a header."""

    name: str
    """The display name, decoded; often empty."""
    address: str


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A message taken apart."""

    headers: Sequence[tuple[str, str]]
    """In order, decoded, as (name, value)."""
    sender: Person
    recipients: Sequence[Person]
    """Those of the To header."""
    subject: str
    text: str
    html: str
    links: Sequence[str]
    """Every address in the HTML and in the text, once each, in order."""
    attachments: Sequence[Attachment]


def letter(raw: bytes) -> Letter:
    """The message in `raw`."""
    message = _parsed(raw)
    text, html = _body(message, "plain"), _body(message, "html")
    return Letter(
        headers=[(name, _header(message, name, value)) for name, value in message.raw_items()],
        sender=next(iter(_people(message, "From")), Person("", "")),
        recipients=_people(message, "To"),
        subject=_named(message, "Subject"),
        text=text,
        html=_with_inline_images(html, message),
        links=_links(html, text),
        attachments=[_attachment(part) for part in message.walk() if part.get_filename()],
    )


def headline(raw: bytes) -> Letter:
    """The same without bodies, for a list: only the headers are read."""
    return letter(re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0] + b"\r\n\r\n")


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def _named(message: EmailMessage, name: str) -> str:
    values = [value for header, value in message.raw_items() if header.lower() == name.lower()]
    return _header(message, name, values[0]) if values else ""


def _header(message: EmailMessage, name: str, value: object) -> str:
    try:
        return _legible(str(message.policy.header_fetch_parse(name, _joined(value))))
    except PARSER_FAULTS:
        return _legible(str(value))


def _people(message: EmailMessage, name: str) -> list[Person]:
    values = [value for header, value in message.raw_items() if header.lower() == name.lower()]
    try:
        header = message.policy.header_fetch_parse(name, _joined(values[0])) if values else ""
        addresses = header.addresses if isinstance(header, AddressHeader) else ()
        found = [(address.display_name, address.addr_spec) for address in addresses]
    except PARSER_FAULTS:
        found = [("", _named(message, name))]
    return [Person(_legible(display), _legible(address)) for display, address in found]


def _joined(value: object) -> str:
    return BETWEEN_ENCODED_WORDS.sub("", str(value))


def _legible(text: str) -> str:
    """One line without control characters, and without the halves of characters that cannot be encoded."""
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return whole.translate(PICTURES).replace("\n", "␊").replace("\t", " ")


def _body(message: EmailMessage, subtype: str) -> str:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not part.get_filename():
            return _decoded(part)
    return ""


def _decoded(part: EmailMessage) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: EmailMessage) -> Attachment:
    return Attachment(_legible(part.get_filename() or ""), part.get_content_type(), _content(part))


def _with_inline_images(html: str, message: EmailMessage) -> str:
    """Images sent along are put in place, as the page that shows the HTML may load nothing."""
    for part in message.walk():
        content_id = str(part.get("Content-ID", "")).strip("<> ")
        if content_id and part.get_content_maintype() == "image":
            encoded = base64.b64encode(_content(part)).decode()
            html = html.replace(f"cid:{content_id}", f"data:{part.get_content_type()};base64,{encoded}")
    return html


class _Anchors(HTMLParser):
    """Collects the targets of <a href>."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(html: str, text: str) -> list[str]:
    anchors = _Anchors()
    anchors.feed(html)
    in_text = [address.rstrip(".,;:!?") for address in LINK.findall(text)]
    return list(dict.fromkeys(_legible(link) for link in [*anchors.found, *in_text]))
