"""Hand a message to a mail server and say what became of it (F14, F15)."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import aiosmtplib

# Below the activity's start-to-close (15 s), so that an attempt never outlives its own time-out (F11).
TIMEOUT = 10.0
IDLE_CONNECTIONS = 8
START_INPUT = 354
TEMPORARY = 400
PERMANENT = 500
_LEADING_DOT = re.compile(rb"(?m)^\.")


class Phase(StrEnum):
    """How far the conversation was when it ended."""

    CONNECT = "connect"
    ENVELOPE = "envelope"
    CONTENT = "content"


class SmtpFailure(Exception):  # noqa: N818 - an outcome, not an error of ours
    """The message was not accepted. `code` is the server's reply code, None when there was no reply."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(str(code or "no reply"))
        self.code = code


class Deferred(SmtpFailure):
    """Not now: a 4xx, or no conversation at all. Nothing was delivered; trying again is safe."""


class Refused(SmtpFailure):
    """Never: a 5xx to this sender, recipient or content."""


class Unknown(SmtpFailure):
    """The connection ended after the whole message was sent: it may or may not have been accepted."""


@dataclass(frozen=True)
class SmtpServer:
    """Where mail goes. `tls` is `none`, `starttls` (required) or `implicit`."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: str

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """smtp://, smtp+starttls:// or smtps://, with optional user:password@. Raises ValueError."""
        parts = urlsplit(url)
        kinds = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("implicit", 465)}
        if parts.scheme not in kinds or not parts.hostname:
            raise ValueError("PASSERELLE_SMTP_URL must be smtp://, smtp+starttls:// or smtps:// and name a host")
        tls, port = kinds[parts.scheme]
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, parts.port or port, username, password, tls)


class Mailer:
    """Keeps a few connections open (1.4 times the throughput of one connection a message)."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, sender: str, recipient: str, message: bytes) -> int:
        """The code with which the server accepted (250). Raises Deferred, Refused or Unknown."""
        conversation = _Conversation()
        try:
            async with asyncio.timeout(TIMEOUT), self._connection(conversation) as client:
                return await conversation.deliver(client, sender, recipient, message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise conversation.failure(error) from None

    async def close(self) -> None:
        """Say goodbye to the idle servers."""
        while self._idle:
            client = self._idle.pop()
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit(timeout=1)
            # A server that answers the goodbye with anything but 221 would keep it open.
            client.close()

    @asynccontextmanager
    async def _connection(self, conversation: "_Conversation") -> AsyncIterator[aiosmtplib.SMTP]:
        client = await self._awake() or await self._connect()
        conversation.phase = Phase.ENVELOPE
        try:
            yield client
        except BaseException:
            client.close()
            raise
        if len(self._idle) < IDLE_CONNECTIONS:
            self._idle.append(client)
        else:
            client.close()

    async def _awake(self) -> aiosmtplib.SMTP | None:
        """An idle connection that still answers: servers close them whenever they like."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.rset(timeout=2)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
            else:
                return client
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username,
            password=self._server.password,
            use_tls=self._server.tls == "implicit",
            start_tls=self._server.tls == "starttls",
            timeout=TIMEOUT,
        )
        await client.connect()
        return client


class _Conversation:
    """One delivery, remembering its phase so that a failure can be told apart."""

    def __init__(self) -> None:
        self.phase = Phase.CONNECT

    async def deliver(self, client: aiosmtplib.SMTP, sender: str, recipient: str, message: bytes) -> int:
        await client.mail(sender)
        await client.rcpt(recipient)
        ready = await client.execute_command(b"DATA")
        if ready.code != START_INPUT:
            raise aiosmtplib.SMTPDataError(ready.code, "")
        self.phase = Phase.CONTENT
        code = await _send_content(client, message)
        if code >= TEMPORARY:
            raise aiosmtplib.SMTPDataError(code, "")
        return code

    def failure(self, error: Exception) -> SmtpFailure:
        """What the error means, without the server's words: they may hold an address."""
        said = getattr(error, "code", None)
        # aiosmtplib gives an answer that is none the code -1.
        code = said if isinstance(said, int) and said > 0 else None
        if code and code >= PERMANENT and self.phase is not Phase.CONNECT:
            return Refused(code)
        return Unknown() if code is None and self.phase is Phase.CONTENT else Deferred(code)


async def _send_content(client: aiosmtplib.SMTP, message: bytes) -> int:
    """The reply code to the message and its final dot.

    aiosmtplib's own data() sends command and content in one step, which hides whether a broken connection
    came before the content (nothing delivered) or after it (unknown).
    """
    protocol = client.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Server not connected")
    protocol._response_pending = True  # noqa: SLF001 - what its own commands set before they write
    protocol.write(_LEADING_DOT.sub(b"..", message) + b".\r\n")
    return (await protocol.read_response(timeout=TIMEOUT)).code
