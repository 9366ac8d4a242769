"""The SMTP side of the mail catcher: takes everything, for anybody, and delivers nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from passerelle.embedded.mailcatcher.store import Envelope, MessageStore
from passerelle.embedded.ports import LOOPBACK

IDENTITY = "Passerelle mail catcher"


class Catcher:
    """aiosmtpd's handler: each message is on the disk before the sender reads 250."""

    def __init__(self, store: MessageStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: SmtpEnvelope) -> str:  # noqa: N802 - aiosmtpd's name
        """RFC 5321's answer to the final dot."""
        kept = Envelope(envelope.mail_from or "", list(envelope.rcpt_tos))
        try:
            message_id = await asyncio.to_thread(self._store.keep, kept, envelope.original_content or b"")
        except OSError as error:
            return f"451 4.3.0 The message could not be kept: {error.strerror}"
        return f"250 2.0.0 Kept as {message_id}"


@asynccontextmanager
async def listening(store: MessageStore, port: int) -> AsyncIterator[None]:
    """Listens on 127.0.0.1 in the running loop. Raises OSError when the port is taken."""

    def connection() -> SMTP:
        return SMTP(Catcher(store), hostname="localhost", ident=IDENTITY, enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(connection, LOOPBACK, port)
    try:
        yield
    finally:
        # Not waited for: a sender that keeps its connection open would hold up the stop.
        server.close()
