"""The mail catcher as its readers see it: what arrived, and for whom."""

from collections.abc import Sequence
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passerelle.tour.proof import NotSo, eventually, must


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Mailbox(_Seen):
    """A display name and an address."""

    name: str
    address: str


class Letter(_Seen):
    """One e-mail; `headers` are (name, value) pairs in order, decoded."""

    sender: Mailbox = Field(alias="from")
    subject: str
    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    links: Sequence[str]

    def header(self, name: str) -> str:
        """Empty when there is none of that name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


class _Line(_Seen):
    id: str


class _List(_Seen):
    """Newest first."""

    messages: Sequence[_Line]


_Kind = TypeVar("_Kind", bound=_Seen)


class MailCatcher:
    """Reads; it never removes anything."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def letters(self, address: str) -> list[Letter]:
        """Everything that was sent to the address, oldest first."""
        found = _read(_List, self._client.get("/api/messages", params={"to": address}))
        return [_read(Letter, self._client.get(f"/api/messages/{line.id}")) for line in reversed(found.messages)]

    def wait_for(self, address: str, count: int) -> list[Letter]:
        """The first `count` letters to the address."""

        def arrived() -> list[Letter] | None:
            letters = self.letters(address)
            return letters if len(letters) >= count else None

        return eventually(arrived, lambda: f"{len(self.letters(address))} of {count} e-mails to {address} arrived.")


def _read(kind: type[_Kind], response: httpx2.Response) -> _Kind:
    asked = f"The mail catcher’s {response.request.url.path}"
    must(response.status_code == httpx2.codes.OK, f"{asked} answered {response.status_code}.")
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise NotSo(f"{asked} did not answer as Passerelle’s mail catcher does.") from None
