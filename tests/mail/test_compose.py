"""Messages as bytes: safe and exact whatever a title holds (S32, SEC33-SEC36)."""

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import getaddresses
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.domain.texts import unsafe_in_header
from passerelle.mail.compose import HEADERS, Message, UnsafeMessage, to_bytes
from tests.mail.letters import MESSAGE, RECIPIENT, SENDER
from tests.mail.titles import ILLEGAL, LEGAL

LONGEST_HEADER_LINE = 78
LONGEST_LINE_WITH_ENCODED_WORD = 76

any_title = st.text(min_size=1, max_size=150)


def from_a(title: str) -> Message:
    return replace(MESSAGE, sender_name=title, subject=f"Votre accès pour « {title} »")


def header_lines(written: bytes) -> list[bytes]:
    return written.partition(b"\r\n\r\n")[0].split(b"\r\n")


def as_a_modern_client_reads(written: bytes) -> tuple[list[tuple[str, str]], str]:
    """All (display name, address) of From, and the subject, by the parser of policy `default`."""
    read = cast("EmailMessage", BytesParser(policy=default).parsebytes(written))
    (sender,) = read.get_all("From", [])
    return [(address.display_name, address.addr_spec) for address in sender.addresses], str(read["Subject"])


def as_an_old_client_reads(written: bytes) -> tuple[list[tuple[str, str]], str]:
    """The same by the older parser, which splits addresses before it decodes their names."""
    read = message_from_bytes(written, policy=compat32)
    (sender,) = read.get_all("From", [])
    addresses = [(_decoded(name), address) for name, address in getaddresses([str(sender)])]
    return addresses, _decoded(read["Subject"])


def _decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def test_the_corpus_is_large_and_sorted_rightly() -> None:
    assert len(LEGAL) >= 1_000
    assert len(ILLEGAL) >= 100
    assert [title for title in LEGAL if unsafe_in_header(title) or not 0 < len(title) <= 150] == []


@pytest.mark.parametrize("read", [as_a_modern_client_reads, as_an_old_client_reads])
def test_every_title_comes_back_as_the_one_senders_name_S32_SEC35(read: type[object]) -> None:
    wrong = [title for title in LEGAL if read(to_bytes(from_a(title))) != _meant(title)]  # type: ignore[call-arg]  # a function
    assert wrong == []


def _meant(title: str) -> tuple[list[tuple[str, str]], str]:
    return [(title, SENDER)], f"Votre accès pour « {title} »"
