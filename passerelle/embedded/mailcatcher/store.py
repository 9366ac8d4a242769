"""The caught messages: one file each, on the disk before the sender is told that it was taken."""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FROM_LINE = b"X-Envelope-From: "
TO_LINE = b"X-Envelope-To: "
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Envelope:
    """What the SMTP commands said, which is not always what the message's headers say."""

    sender: str
    """Empty for a bounce."""
    recipients: Sequence[str]


@dataclass(frozen=True)
class Caught:
    """One message as it came."""

    message_id: str
    """Ours, not the header's: 19 digits, the nanoseconds of its arrival, so that ids sort by time."""
    envelope: Envelope
    raw: bytes

    @property
    def received_at(self) -> datetime:
        """UTC."""
        return datetime.fromtimestamp(int(self.message_id) / SECOND, UTC)


class MessageStore:
    """A folder of `<id>.eml` files, each beginning with two lines for the envelope."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._last = max(map(int, self.ids()), default=0)
        # Messages are kept in threads.
        self._choosing = threading.Lock()

    def keep(self, envelope: Envelope, raw: bytes) -> str:
        """Writes the message and returns its id; it then survives a power cut."""
        message_id = self._next_id()
        unfinished = self._directory / f"{message_id}.unfinished"
        with unfinished.open("wb") as file:
            file.write(_envelope_lines(envelope) + raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path(message_id))
        self._sync_directory()
        return message_id

    def ids(self) -> list[str]:
        """Every message's id, newest first."""
        return sorted((path.stem for path in self._directory.glob("[0-9]*.eml")), reverse=True)

    def read(self, message_id: str) -> Caught:
        """Raises KeyError when there is no such message."""
        try:
            sender, recipients, raw = self._path(message_id).read_bytes().split(b"\r\n", 2)
        except FileNotFoundError:
            raise KeyError(message_id) from None
        envelope = Envelope(
            sender.removeprefix(FROM_LINE).decode(errors="replace"),
            recipients.removeprefix(TO_LINE).decode(errors="replace").split(", "),
        )
        return Caught(message_id, envelope, raw)

    def forget_all(self) -> int:
        """Removes every message; how many there were."""
        ids = self.ids()
        for message_id in ids:
            self._path(message_id).unlink(missing_ok=True)
        self._sync_directory()
        return len(ids)

    def _next_id(self) -> str:
        with self._choosing:
            # Two messages in one tick of the clock, or a clock set back, must not change the order of arrival.
            self._last = max(time.time_ns(), self._last + 1)
            return f"{self._last:019d}"

    def _path(self, message_id: str) -> Path:
        if not (message_id.isascii() and message_id.isdigit()):
            # Otherwise an id from an address could lead out of the folder.
            raise KeyError(message_id)
        return self._directory / f"{message_id}.eml"

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _envelope_lines(envelope: Envelope) -> bytes:
    recipients = ", ".join(envelope.recipients)
    return b"%s%s\r\n%s%s\r\n" % (FROM_LINE, envelope.sender.encode(), TO_LINE, recipients.encode())
