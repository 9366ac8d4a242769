"""A real SMTP server on the loopback that follows a script: accept, refuse, hang, cut (F14, F15)."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from enum import StrEnum
from types import TracebackType
from typing import Self, cast


class Behaviour(StrEnum):
    """What the server does with the next conversation."""

    ACCEPT = "accept"
    DEFER_RECIPIENT = "451 at RCPT"
    REFUSE_RECIPIENT = "550 at RCPT"
    REFUSE_CONTENT = "554 after the dot"
    DEFER_CONTENT = "452 after the dot"
    HANG_AT_RECIPIENT = "no answer at RCPT"
    HANG_AFTER_DOT = "no answer after the dot"
    CUT_AT_DATA = "connection cut at DATA"
    CUT_AFTER_DOT = "connection cut after the dot, message kept"
    GARBLED_AFTER_DOT = "nonsense after the dot, message kept"
    UNAVAILABLE = "421 at the greeting"


@dataclass
class MailServer:
    """`script` is used up one behaviour a conversation, then `otherwise`; `kept` is what was taken."""

    script: deque[Behaviour] = field(default_factory=deque)
    otherwise: Behaviour = Behaviour.ACCEPT
    kept: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    conversations: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Nobody listens any more; open conversations end."""
        if self._server:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def received(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        """The kept messages once there are `count` of them. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(lambda: len(self.kept) >= count)
        return self.kept

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.kept if mail["To"] == address]

    def _next(self) -> Behaviour:
        self.conversations += 1
        return self.script.popleft() if self.script else self.otherwise

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._open.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.script and self.script[0] is Behaviour.UNAVAILABLE:
            self._next()
            writer.write(b"421 not now\r\n")
            await writer.drain()
            return
        writer.write(b"220 test\r\n")
        behaviour, recipient = Behaviour.ACCEPT, ""
        while line := await reader.readline():
            verb = line[:4].upper()
            match verb:
                case b"MAIL":
                    behaviour = self._next()
                    answer = b"250 ok"
                case b"RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                    answer = await _to_recipient(behaviour)
                case b"DATA":
                    if behaviour is Behaviour.CUT_AT_DATA:
                        return
                    writer.write(b"354 go on\r\n")
                    content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    answer = await self._take(behaviour, recipient, content)
                case _:
                    answer = b"250 ok"
            if not answer:
                return
            writer.write(answer + b"\r\n")
            await writer.drain()

    async def _take(self, behaviour: Behaviour, recipient: str, content: bytes) -> bytes:
        if behaviour is Behaviour.REFUSE_CONTENT:
            return b"554 no"
        if behaviour is Behaviour.DEFER_CONTENT:
            return b"452 later"
        if behaviour is Behaviour.HANG_AFTER_DOT:
            await asyncio.Event().wait()
        self.raw.append(content.replace(b"\r\n..", b"\r\n."))
        self.kept.append(BytesParser(policy=default).parsebytes(self.raw[-1]))
        self.recipients.append(recipient)
        async with self._arrived:
            self._arrived.notify_all()
        return {Behaviour.CUT_AFTER_DOT: b"", Behaviour.GARBLED_AFTER_DOT: b"fine"}.get(behaviour, b"250 taken")


async def _to_recipient(behaviour: Behaviour) -> bytes:
    match behaviour:
        case Behaviour.DEFER_RECIPIENT:
            return b"451 later"
        case Behaviour.REFUSE_RECIPIENT:
            return b"550 no such user"
        case Behaviour.HANG_AT_RECIPIENT:
            await asyncio.Event().wait()
    return b"250 ok"


def text_of(mail: EmailMessage) -> str:
    """The plain-text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
