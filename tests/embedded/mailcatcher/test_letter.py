"""A message as people read it, malformed and hostile ones included."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.embedded.mailcatcher.letter import headline, letter

PIXEL = b"\x89PNG"


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    return made


def test_encoded_names_and_subjects_are_read_as_people_wrote_them_S32() -> None:
    made = message(From='"Génies en herbe" <a@example.com>', To="Élise <e@example.com>", Subject="Accès – prêt")
    read = letter(made.as_bytes())
    assert (read.sender.name, read.sender.address) == ("Génies en herbe", "a@example.com")
    assert [(person.name, person.address) for person in read.recipients] == [("Élise", "e@example.com")]
    assert read.subject == "Accès – prêt"


def test_a_name_in_several_encoded_words_is_read_without_a_gap_S32() -> None:
    raw = b"From: =?utf-8?B?R8OpbmllcyBlbiA=?=\r\n =?utf-8?B?aGVyYmU=?=\r\n <a@example.com>\r\n\r\n"
    read = letter(raw)
    assert (read.sender.name, read.sender.address) == ("Génies en herbe", "a@example.com")
    assert dict(read.headers)["From"] == "Génies en herbe <a@example.com>"


def test_links_of_html_and_text_are_listed_once_each_in_order() -> None:
    made = message(Subject="x")
    made.set_content("See https://example.com/b?x=1. And (https://example.com/a), twice https://example.com/a")
    made.add_alternative('<a href="https://example.com/a">a</a> <a href="mailto:x@example.com">m</a>', subtype="html")
    assert letter(made.as_bytes()).links == [
        "https://example.com/a",
        "mailto:x@example.com",
        "https://example.com/b?x=1",
    ]


def test_bodies_attachments_and_inline_images_are_told_apart() -> None:
    made = message(Subject="x")
    made.set_content("plain")
    made.add_alternative('<img src="cid:logo@x">', subtype="html")
    html = made.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(PIXEL, "image", "png", cid="<logo@x>")
    made.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="séance.ics")
    read = letter(made.as_bytes())
    assert read.text.strip() == "plain"
    assert read.html.strip() == '<img src="data:image/png;base64,iVBORw==">'
    assert [(each.name, each.content_type) for each in read.attachments] == [("séance.ics", "text/calendar")]


def test_a_line_break_hidden_in_an_encoded_word_is_shown_and_not_obeyed() -> None:
    """The trap that turns a display name into a header of its own."""
    raw = b"From: =?utf-8?q?Mentor=0D=0ABcc=3A_x=40example=2Ecom?= <a@example.com>\r\nSubject: x\r\n\r\n"
    read = letter(raw)
    assert [name for name, _ in read.headers] == ["From", "Subject"]
    assert "\n" not in read.sender.name
    assert "\n" not in dict(read.headers)["From"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"From: \xff\xfe <\r\nSubject: =?nonsense?q?=ff?=\r\n\r\n",
        b"From: =?utf-8?b?AAAA?= <a@example.com>\r\nTo: ,,;:<>\r\n\r\n",
        b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--y",
        b"Content-Type: text/html\r\n\r\n<a href=><![if><!--",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
    ],
)
def test_a_malformed_message_is_readable_all_the_same(raw: bytes) -> None:
    for read in (letter(raw), headline(raw)):
        read.subject.encode()
        read.text.encode()


@given(st.binary(max_size=200), st.sampled_from([b"From: ", b"To: ", b"Subject: ", b"Content-Type: ", b""]))
def test_no_bytes_at_all_keep_a_message_from_being_shown(noise: bytes, header: bytes) -> None:
    read = letter(header + noise + b"\r\n\r\n" + noise)
    for name, value in read.headers:
        f"{name}{value}".encode()
    f"{read.subject}{read.sender.name}{read.sender.address}{read.text}{read.html}{read.links}".encode()
