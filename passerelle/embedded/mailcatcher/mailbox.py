"""The caught messages as the pages and the JSON interface ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from passerelle.embedded.mailcatcher.letter import Letter, headline, letter
from passerelle.embedded.mailcatcher.store import Caught, MessageStore


@dataclass(frozen=True)
class Entry:
    """A message in a list; its letter has headers only."""

    caught: Caught
    letter: Letter


class Mailbox:
    """Reads from the store; a message never changes, so what a list shows of it is read once."""

    def __init__(self, store: MessageStore) -> None:
        self._store = store
        self._entries: dict[str, Entry] = {}

    def entries(self, *, to: str = "", since: datetime | None = None) -> Iterator[Entry]:
        """Newest first: those sent to the address `to`, in any letter case, that came after `since`."""
        for message_id in self._store.ids():
            try:
                entry = self._entry(message_id)
            except KeyError:
                # Removed since the ids were listed.
                continue
            if since is not None and entry.caught.received_at <= since:
                return
            if not to or to.casefold() in map(str.casefold, entry.caught.envelope.recipients):
                yield entry

    def open(self, message_id: str) -> tuple[Caught, Letter]:
        """The whole message. Raises KeyError when there is none."""
        caught = self._store.read(message_id)
        return caught, letter(caught.raw)

    def forget_all(self) -> int:
        """Removes every message; how many there were."""
        self._entries.clear()
        return self._store.forget_all()

    def _entry(self, message_id: str) -> Entry:
        if message_id not in self._entries:
            caught = self._store.read(message_id)
            self._entries[message_id] = Entry(caught, headline(caught.raw))
        return self._entries[message_id]
