"""`python -m bench.sink SMTP_PORT FEED_PORT`: takes every mail and tells at once when it came, and for whom.

A process of its own, so that taking mail does not hold up whoever measures. Whoever connects to the feed gets
one line for each mail: the time (CLOCK_MONOTONIC, which all processes of a machine share, in seconds) and the
recipient's address.
"""

import asyncio
import sys
import time
from typing import cast

from typing_extensions import override

END = b"\r\n.\r\n"
ANSWERS = {b"EHLO": b"250 sink", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class Feed(asyncio.Protocol):
    """Everybody who listens."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Transport] = []

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listeners.append(cast("asyncio.Transport", transport))

    def tell(self, recipient: str) -> None:
        line = f"{time.monotonic():.6f} {recipient}\n".encode()
        for listener in self._listeners:
            listener.write(line)


class Conversation(asyncio.Protocol):
    """One SMTP connection (RFC 5321), any number of mails on it."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._received = b""
        self._recipient = ""
        self._in_content = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink\r\n")

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := END if self._in_content else b"\r\n") in self._received:
            part, _, self._received = self._received.partition(end)
            self._transport.write((self._take() if self._in_content else self._answer(part)) + b"\r\n")

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipient = line.decode().partition("<")[2].partition(">")[0]
        self._in_content = verb == b"DATA"
        return ANSWERS.get(verb, b"250 ok")

    def _take(self) -> bytes:
        self._in_content = False
        self._feed.tell(self._recipient)
        return b"250 taken"


async def main(smtp_port: int, feed_port: int) -> None:
    """Until it is killed."""
    loop, feed = asyncio.get_running_loop(), Feed()
    await loop.create_server(lambda: feed, "127.0.0.1", feed_port)
    server = await loop.create_server(lambda: Conversation(feed), "127.0.0.1", smtp_port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
