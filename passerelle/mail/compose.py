"""Write an e-mail as bytes, safely whatever a title holds (S32, SEC33-SEC36, RFC 5322, RFC 2047).

The standard library's header writer can be led to drop quotes or to fold an encoded word into a new header
(Python 3.11.7 and 3.12.1), so that a title could spoof an address. The three headers that carry people's
text are therefore written here, and the finished message is read again before it may leave.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from email.utils import format_datetime, parseaddr

from passerelle.domain.texts import unsafe_in_header

# 76 characters at most for a line with an encoded word (RFC 2047, 2), less "Subject: ", "=?utf-8?B?" and "?=".
ENCODED_WORD_BYTES = (76 - 9 - 12) // 4 * 3
PLAIN_NAME_LENGTH = 60
# RFC 5322, 3.4.1, without quoted local parts: the only form that registered addresses have.
_DOT_ATOM_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]


class UnsafeMessage(Exception):  # noqa: N818 - it names what the message is
    """The message is not what it was meant to be; it must not be sent. Carries no text of it."""


@dataclass(frozen=True)
class Message:
    """An e-mail to write. `sender_name` is the display name of From; addresses are bare."""

    message_id: str
    date: datetime
    sender_name: str
    sender: str
    recipient: str
    reply_to: str
    subject: str
    language: str
    text: str
    html: str


def to_bytes(message: Message) -> bytes:
    """The message as it goes over SMTP: CRLF lines, the same bytes for the same input (F14).

    Raises UnsafeMessage when a header could be read as something else than what was meant.
    """
    if unsafe_in_header(message.sender_name) or unsafe_in_header(message.subject.replace("@", "")):
        raise UnsafeMessage("a header text holds forbidden characters")
    if not all(map(_is_bare, (message.sender, message.recipient, message.reply_to))):
        raise UnsafeMessage("an address is not a bare one")
    written = _headers(message) + _body(message)
    _read_again(written, message)
    return written


def display_name(name: str) -> str:
    """A display name for From: a quoted string, or encoded words folded one a line (RFC 2047, 5)."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"' if name.isascii() and len(quoted) <= PLAIN_NAME_LENGTH else encoded_words(name)


def encoded_words(text: str) -> str:
    """UTF-8, base64, never splitting a character."""
    chunks = [b""]
    for character in text:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > ENCODED_WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return "\r\n ".join(f"=?utf-8?B?{b64encode(chunk).decode()}?=" for chunk in chunks)


def _is_bare(address: str) -> bool:
    """Whether it is one ASCII address: no name, no second address, no line break."""
    return _DOT_ATOM_ADDRESS.fullmatch(address) is not None


def _headers(message: Message) -> bytes:
    lines = [
        f"From: {display_name(message.sender_name)}\r\n <{message.sender}>",
        f"To: {message.recipient}",
        f"Reply-To: {message.reply_to}",
        f"Subject: {encoded_words(message.subject)}",
        f"Date: {format_datetime(message.date)}",
        f"Message-ID: {message.message_id}",
        "Auto-Submitted: auto-generated",
        f"Content-Language: {message.language}",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _body(message: Message) -> bytes:
    """MIME-Version, Content-Type and the two alternatives, from the standard library."""
    body = EmailMessage(policy=SMTP)
    body.set_content(message.text, cte="quoted-printable")
    body.add_alternative(message.html, subtype="html", cte="quoted-printable")
    # A boundary of its own choice would differ between two copies of one mail.
    body.set_boundary(f"=_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}")
    return body.as_bytes()


def _read_again(written: bytes, message: Message) -> None:
    try:
        read = BytesHeaderParser(policy=compat32).parsebytes(written)
        # parseaddr must see the encoded form: a decoded name could hold commas of its own.
        name, address = parseaddr(str(read["From"]))
        seen = str(make_header(decode_header(name))), address, str(make_header(decode_header(read["Subject"])))
    except (MessageError, ValueError, LookupError) as error:
        raise UnsafeMessage("a header cannot be read again") from error
    if sorted(read.keys()) != sorted(HEADERS) or seen != (message.sender_name, message.sender, message.subject):
        raise UnsafeMessage("a header reads differently from what was meant")
