"""Messages as bytes: safe and exact whatever a title holds (S32, SEC33-SEC36)."""

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.domain.texts import unsafe_in_header
from passerelle.mail import compose
from passerelle.mail.compose import HEADERS, Message, UnsafeMessage, to_bytes
from tests.mail.letters import MESSAGE, RECIPIENT, SENDER
from tests.mail.readers import (
    Read,
    by_the_letter,
    by_the_modern_parser,
    by_the_older_parser,
    header_lines,
    parsed,
    unfolded,
)
from tests.mail.titles import ILLEGAL, LEGAL

LONGEST_HEADER_LINE = 78
LONGEST_LINE_WITH_ENCODED_WORD = 76


def called(title: str) -> Message:
    return replace(MESSAGE, sender_name=title, subject=f"Votre accès pour « {title} »")


@cache
def written_with(title: str) -> bytes:
    return to_bytes(called(title))


def meant(title: str) -> Read:
    return Read([(title, SENDER)], f"Votre accès pour « {title} »")


def test_the_corpus_of_titles_is_large_and_sorted_rightly() -> None:
    assert len(LEGAL) >= 500
    assert len(ILLEGAL) >= 100
    assert [title for title in LEGAL if unsafe_in_header(title) or not 0 < len(title) <= 150] == []
    assert {length for length in (100, 120, 149, 150) if not any(len(title) == length for title in LEGAL)} == set()


def test_every_title_is_the_senders_name_as_read_by_the_letter_S32() -> None:
    assert [title for title in LEGAL if by_the_letter(written_with(title)) != meant(title)] == []


def test_every_title_is_the_senders_name_for_the_older_parser_S32_SEC35() -> None:
    assert [title for title in LEGAL if by_the_older_parser(written_with(title)) != meant(title)] == []


def test_every_title_is_the_senders_name_for_the_modern_parser_S32_SEC35() -> None:
    for title in LEGAL:
        read = by_the_modern_parser(written_with(title))
        assert read == meant(title)._replace(senders=[(title.replace(" ", ""), SENDER)])


@pytest.mark.parametrize("title", ["Génies en herbe", 'A, "B" & C\\D', "x" * 60, "数学の友達", "(Science)"])
def test_a_short_title_is_the_senders_name_to_the_letter_for_the_modern_parser_S32(title: str) -> None:
    (address,) = parsed(written_with(title))["From"].addresses
    assert (address.display_name, address.addr_spec) == (title, SENDER)


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=150))
def test_any_text_is_either_refused_or_comes_back_unchanged_S32_SEC33(title: str) -> None:
    if unsafe_in_header(title):
        with pytest.raises(UnsafeMessage):
            written_with(title)
    else:
        written = to_bytes(called(title))
        assert by_the_letter(written) == by_the_older_parser(written) == meant(title)


@pytest.mark.parametrize("title", ILLEGAL, ids=ascii)
def test_a_hostile_senders_name_is_never_sent_and_never_repeated_SEC33(title: str) -> None:
    with pytest.raises(UnsafeMessage) as refusal:
        to_bytes(replace(MESSAGE, sender_name=title))
    assert title not in str(refusal.value)


@pytest.mark.parametrize("title", [title for title in ILLEGAL if unsafe_in_header(title.replace("@", ""))], ids=ascii)
def test_a_hostile_subject_is_never_sent_SEC33(title: str) -> None:
    with pytest.raises(UnsafeMessage):
        to_bytes(replace(MESSAGE, subject=f"Votre accès pour « {title} »"))


@pytest.mark.parametrize("field", ["sender", "recipient", "reply_to"])
@pytest.mark.parametrize(
    "address",
    [
        "a@b.c\r\nBcc: x@y.z", "a@b.c\nBcc: x@y.z", "a@b.c, d@e.f", "<a@b.c>", "A <a@b.c>", "é@b.c", "a@é.c", "",
        " a@b.c", "a@b.c\0", "a b@c.d", "a@b.c (d)",
    ],
)  # fmt: skip
def test_only_one_bare_address_stands_in_an_address_header_SEC34(field: str, address: str) -> None:
    with pytest.raises(UnsafeMessage):
        to_bytes(replace(MESSAGE, **{field: address}))  # type: ignore[arg-type]  # names of Message


def test_a_writer_that_spoofs_an_address_is_found_out_before_sending_SEC35(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 4: names without their quotes, and encoded words that become headers."""
    for spoof in ("evil@example.net,", "=?utf-8?B?QQ==?=\r\nBcc: x@example.net\r\nX:", "Somebody else", "=?x?B?QQ==?="):
        monkeypatch.setattr(compose, "display_name", lambda _, written=spoof: written)
        with pytest.raises(UnsafeMessage):
            to_bytes(MESSAGE)


def test_a_header_that_nobody_meant_is_found_out_before_sending_SEC35(monkeypatch: pytest.MonkeyPatch) -> None:
    written = compose.encoded_words
    monkeypatch.setattr(compose, "encoded_words", lambda text: f"{written(text)}\r\nBcc: x@example.net")
    with pytest.raises(UnsafeMessage):
        to_bytes(replace(MESSAGE, sender_name="Science"))


def test_exactly_the_expected_headers_stand_in_it_once_SEC35() -> None:
    names = [line.partition(":")[0] for line in unfolded(to_bytes(MESSAGE))]
    assert sorted(names) == sorted(HEADERS)


def test_the_headers_say_what_they_should() -> None:
    read = parsed(to_bytes(MESSAGE))
    assert (read["To"], read["Reply-To"], read["Message-ID"]) == (RECIPIENT, MESSAGE.reply_to, MESSAGE.message_id)
    assert (read["Auto-Submitted"], read["Content-Language"]) == ("auto-generated", "fr")
    assert read["Date"].datetime == MESSAGE.date


def test_header_lines_keep_to_the_lengths_of_RFC_5322_and_2047() -> None:
    for line in [line for title in LEGAL for line in header_lines(written_with(title))]:
        assert len(line) <= (LONGEST_LINE_WITH_ENCODED_WORD if "=?" in line else LONGEST_HEADER_LINE), line


def test_every_encoded_word_can_be_decoded_by_itself_RFC_2047() -> None:
    for title in LEGAL:
        for word in re.findall(r"=\?utf-8\?B\?\S+\?=", "\n".join(header_lines(written_with(title)))):
            assert len(word) <= 75
            assert by_the_letter(f"From: {word} <{SENDER}>\r\nSubject: {word}\r\n\r\n".encode()).subject


def test_lines_end_in_crlf_and_are_short_ascii_RFC_5321() -> None:
    for title in LEGAL[::50]:
        written = to_bytes(replace(called(title), text=f"{title}\n" * 20))
        assert written.isascii()
        assert written.endswith(b"\r\n")
        assert b"\r" not in written.replace(b"\r\n", b"")
        assert b"\n" not in written.replace(b"\r\n", b"")
        assert max(map(len, written.split(b"\r\n"))) <= LONGEST_HEADER_LINE


def test_the_same_message_is_the_same_bytes_F14() -> None:
    for title in LEGAL[::50]:
        assert to_bytes(called(title)) == to_bytes(called(title))


def test_another_message_has_another_boundary() -> None:
    other = replace(MESSAGE, message_id="<another@example.com>")
    assert parsed(to_bytes(MESSAGE)).get_boundary() != parsed(to_bytes(other)).get_boundary()


def test_text_comes_first_and_both_parts_come_back_as_they_were() -> None:
    parts = list(parsed(to_bytes(MESSAGE)).iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content().replace("\r\n", "\n") for part in parts] == [MESSAGE.text, MESSAGE.html]
