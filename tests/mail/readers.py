"""Three ways to read a message that know nothing of how it was written."""

import re
from base64 import b64decode
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import getaddresses
from typing import NamedTuple

ENCODED_WORDS = re.compile(r"=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=(?:\s+(?==\?)|$)")


class Read(NamedTuple):
    """Every (display name, address) of From, and the subject."""

    senders: list[tuple[str, str]]
    subject: str


def by_the_modern_parser(written: bytes) -> Read:
    """Policy `default` of the standard library, blanks of names aside.

    Python 3.11 puts a blank between two encoded words of a name and takes a doubled one away (its own fault:
    RFC 2047, 6.2, says that they are to be joined).
    """
    read = parsed(written)
    (sender,) = read.get_all("From", [])
    senders = [(address.display_name.replace(" ", ""), address.addr_spec) for address in sender.addresses]
    return Read(senders, str(read["Subject"]))


def by_the_older_parser(written: bytes) -> Read:
    """Policy `compat32`, which splits addresses before it decodes their names."""
    read = message_from_bytes(written, policy=compat32)
    (sender,) = read.get_all("From", [])
    senders = [(_decoded(name), address) for name, address in getaddresses([str(sender)])]
    return Read(senders, _decoded(read["Subject"]))


def by_the_letter(written: bytes) -> Read:
    """RFC 5322 and 2047 as far as we use them, read by hand."""
    (sender,), (subject,) = (
        [line.partition(": ")[2] for line in unfolded(written) if line.startswith(f"{name}: ")]
        for name in ("From", "Subject")
    )
    name, blank, address = sender.rpartition(" ")
    assert (blank, address[0], address[-1]) == (" ", "<", ">")
    return Read([(_unquoted(name), address[1:-1])], _joined(subject))


def parsed(written: bytes) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(written)


def header_lines(written: bytes) -> list[str]:
    return written.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def unfolded(written: bytes) -> list[str]:
    return re.sub(r"\n ", " ", "\n".join(header_lines(written))).split("\n")


def _decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def _unquoted(name: str) -> str:
    if not name.startswith('"'):
        return _joined(name)
    assert re.fullmatch(r'"([^"\\]|\\.)*"', name)
    return re.sub(r"\\(.)", r"\1", name[1:-1])


def _joined(text: str) -> str:
    words = ENCODED_WORDS.findall(text)
    assert ENCODED_WORDS.sub("", text) == ""
    return b"".join(b64decode(word, validate=True) for word in words).decode()
