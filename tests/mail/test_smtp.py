"""What becomes of a message, on a real SMTP conversation for each way it can go (F14, F15)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from passerelle.embedded.ports import free_port
from passerelle.mail import smtp
from passerelle.mail.compose import to_bytes
from passerelle.mail.smtp import IDLE_CONNECTIONS, Deferred, Mailer, Refused, SmtpFailure, SmtpServer, Unknown
from tests.mail.letters import MESSAGE, RECIPIENT, SENDER
from tests.mail_server import Behaviour, MailServer
from tests.workflows.world import eventually

CONTENT = to_bytes(MESSAGE)

OUTCOMES = [
    (Behaviour.DEFER_RECIPIENT, Deferred, 451),
    (Behaviour.REFUSE_RECIPIENT, Refused, 550),
    (Behaviour.REFUSE_CONTENT, Refused, 554),
    (Behaviour.DEFER_CONTENT, Deferred, 452),
    (Behaviour.CUT_AT_DATA, Deferred, None),
    (Behaviour.CUT_AFTER_DOT, Unknown, None),
    (Behaviour.GARBLED_AFTER_DOT, Unknown, None),
    (Behaviour.UNAVAILABLE, Deferred, 421),
    (Behaviour.HANG_AT_RECIPIENT, Deferred, None),
    (Behaviour.HANG_AFTER_DOT, Unknown, None),
]
HANGS = {Behaviour.HANG_AT_RECIPIENT, Behaviour.HANG_AFTER_DOT}


@pytest.fixture
async def mailer(mail_server: MailServer) -> AsyncIterator[Mailer]:
    opened = Mailer(SmtpServer.parse(mail_server.url))
    yield opened
    await opened.close()


async def send(mailer: Mailer, content: bytes = CONTENT) -> int:
    return await mailer.send(SENDER, RECIPIENT, content)


async def open_connections(mail_server: MailServer) -> int:
    return len(mail_server._open)


async def test_an_accepted_message_arrives_as_it_was_written_F14(mailer: Mailer, mail_server: MailServer) -> None:
    assert await send(mailer) == 250
    assert mail_server.raw == [CONTENT]
    assert mail_server.recipients == [RECIPIENT]


def test_every_behaviour_of_the_scripted_server_has_its_outcome_here() -> None:
    assert {behaviour for behaviour, _, _ in OUTCOMES} == set(Behaviour) - {Behaviour.ACCEPT}


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome[0])
async def test_temporary_permanent_and_unknown_outcomes_are_told_apart_F15(
    mailer: Mailer,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    outcome: tuple[Behaviour, type[SmtpFailure], int | None],
) -> None:
    behaviour, failure, code = outcome
    if behaviour in HANGS:
        monkeypatch.setattr(smtp, "TIMEOUT", 1.0)
    mail_server.script.append(behaviour)
    with pytest.raises(failure) as caught:
        await send(mailer)
    assert type(caught.value) is failure
    assert caught.value.code == code
    assert len(mail_server.kept) == (failure is Unknown and behaviour not in HANGS)


@pytest.mark.parametrize("behaviour", [behaviour for behaviour, _, _ in OUTCOMES if behaviour not in HANGS])
async def test_after_any_failure_the_next_message_goes_through(
    mailer: Mailer, mail_server: MailServer, behaviour: Behaviour
) -> None:
    mail_server.script.append(behaviour)
    with pytest.raises(SmtpFailure):
        await send(mailer)
    mail_server.raw.clear()
    assert await send(mailer) == 250
    assert mail_server.raw == [CONTENT]


async def test_nobody_listening_is_a_temporary_failure_F15() -> None:
    mailer = Mailer(SmtpServer.parse(f"smtp://127.0.0.1:{free_port()}"))
    with pytest.raises(Deferred) as caught:
        await send(mailer)
    assert caught.value.code is None


async def test_a_failure_repeats_neither_address_nor_server_SEC42(mailer: Mailer, mail_server: MailServer) -> None:
    mail_server.script.append(Behaviour.REFUSE_RECIPIENT)
    with pytest.raises(Refused) as caught:
        await send(mailer)
    assert str(caught.value) == "550"
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


async def test_an_idle_connection_that_the_server_closed_is_replaced(mailer: Mailer, mail_server: MailServer) -> None:
    await send(mailer)
    await mail_server.stop()
    await mail_server.__aenter__()
    assert await send(mailer) == 250
    assert len(mail_server.kept) == 2


async def test_a_server_that_stays_away_after_an_idle_connection_is_a_temporary_failure(
    mailer: Mailer, mail_server: MailServer
) -> None:
    await send(mailer)
    await mail_server.stop()
    with pytest.raises(Deferred):
        await send(mailer)


async def test_connections_are_used_again(mailer: Mailer, mail_server: MailServer) -> None:
    for _ in range(3):
        await send(mailer)
    assert await open_connections(mail_server) == 1


async def test_many_messages_at_once_arrive_once_each_and_few_connections_stay_open(
    mailer: Mailer, mail_server: MailServer
) -> None:
    contents = [to_bytes(replace(MESSAGE, message_id=f"<{number}@example.com>")) for number in range(20)]
    await asyncio.gather(*(send(mailer, content) for content in contents))
    assert sorted(mail_server.raw) == sorted(contents)
    await eventually(lambda: open_connections(mail_server), lambda count: count == IDLE_CONNECTIONS, "few connections")


async def test_an_interrupted_send_leaves_no_half_used_connection_behind_F11(
    mailer: Mailer, mail_server: MailServer
) -> None:
    mail_server.script.append(Behaviour.HANG_AFTER_DOT)
    sending = asyncio.create_task(send(mailer))

    async def conversations() -> int:
        return mail_server.conversations

    await eventually(conversations, lambda count: count == 1, "the conversation")
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert mailer._idle == []
    assert await send(mailer) == 250
    assert mail_server.raw == [CONTENT]


async def test_closing_ends_every_connection_whatever_the_server_says(mailer: Mailer, mail_server: MailServer) -> None:
    await send(mailer)
    await mailer.close()
    await eventually(lambda: open_connections(mail_server), lambda count: count == 0, "no connection")


@pytest.mark.parametrize("line", [b".", b"..", ".été".encode(), b".\r\n.", b"\r\n.\r\n\r\n.", b". . .", b"a."])
async def test_lines_that_begin_with_a_dot_arrive_unchanged_RFC_5321(
    mailer: Mailer, mail_server: MailServer, line: bytes
) -> None:
    content = b"Subject: dots\r\n\r\n" + line + b"\r\nMAIL FROM:<smuggled@example.com>\r\n"
    assert await send(mailer, content) == 250
    assert mail_server.raw == [content]
    assert mail_server.conversations == 1


async def test_nothing_goes_in_the_clear_where_encryption_is_asked_for_SEC48(mail_server: MailServer) -> None:
    for scheme in ("smtp+starttls", "smtps"):
        mailer = Mailer(SmtpServer.parse(f"{scheme}://127.0.0.1:{mail_server.port}"))
        with pytest.raises(Deferred):
            await send(mailer)
    assert (mail_server.kept, mail_server.conversations) == ([], 0)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 25, None, None, "none")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, None, None, "none")),
        ("smtp+starttls://mail.example.com", SmtpServer("mail.example.com", 587, None, None, "starttls")),
        ("smtps://u:p@mail.example.com", SmtpServer("mail.example.com", 465, "u", "p", "implicit")),
        ("smtps://a%40b:p%3Aq@[::1]:2465", SmtpServer("::1", 2465, "a@b", "p:q", "implicit")),
    ],
)
def test_the_mail_server_is_named_by_a_url(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server


@pytest.mark.parametrize("url", ["", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://:pass@"])
def test_a_senseless_url_is_refused_without_being_repeated_SEC42(url: str) -> None:
    with pytest.raises(ValueError, match="PASSERELLE_SMTP_URL") as caught:
        SmtpServer.parse(url)
    assert "pass@" not in str(caught.value)
