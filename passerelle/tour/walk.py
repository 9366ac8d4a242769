"""What the steps of one tour know and hand on to each other."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from passerelle.tour.api import Api
from passerelle.tour.browser import Browser
from passerelle.tour.mailbox import MailCatcher

Telling = Iterator[str]
"""What a step tells while it goes: each sentence was proved just before it is told."""


class Quoted(str):
    """The system's own words, shown beneath what was proved."""

    __slots__ = ()


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Cast:
    """Whom and what this tour is about: new each time, so that tours do not meet each other."""

    organization: str
    title: str
    requester: Person
    recipient: Person
    new_password: str

    @classmethod
    def new(cls) -> Self:
        """The seed's people (S20, S28) under addresses of their own; a title that is hard on mail headers (S32)."""
        mark = secrets.token_hex(4)
        return cls(
            organization=f"Organisme ABC {mark}",
            title=f"Génies en herbe, l’école d’été {mark}",
            requester=Person("Jane", "Doe", f"jane.doe.{mark}@example.com"),
            recipient=Person("Daniel", "Test", f"daniel.test.{mark}@example.com"),
            # Long enough for an installation with a stricter rule than S39.
            new_password=f"Mentorat-{secrets.token_urlsafe(12)}-1",
        )


@dataclass
class Walk:
    """One tour under way. The ids, the link and the password are empty until a step has found them."""

    api: Api
    mail: MailCatcher
    browser: Browser
    """The designated person's."""
    url: str
    time_zone: ZoneInfo
    cast: Cast
    organization_id: str = ""
    program_id: str = ""
    onboarding_id: str = ""
    link: str = ""
    provided_password: str = ""
