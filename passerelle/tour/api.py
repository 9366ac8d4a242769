"""The JSON API as an integrator sees it. Of each answer only what the tour looks at has a name here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from passerelle.tour.proof import NotSo, eventually, must

API = "/api/v1"
PROBLEM = "urn:passerelle:problem:"

_Answer = TypeVar("_Answer", bound="Seen")


class Seen(BaseModel):
    """An answer; what has no name here is kept too, so that two answers are equal only when all of it is."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Readiness(Seen):
    """ "ok" or what else."""

    database: str
    temporal: str


class Organization(Seen):
    id: str
    status: str


class OnboardingBrief(Seen):
    id: str
    stage: str


class Program(Seen):
    id: str
    status: str
    onboarding: OnboardingBrief | None


class TrainingSession(Seen):
    id: str
    seats_taken: int


class Registration(Seen):
    id: str
    organization_id: str


class Bilingual(Seen):
    fr: str
    en: str


class Human(Seen):
    name: str
    email: str


class Notice(Seen):
    """S28's slots; `lines` are its sentences per language."""

    entity: Bilingual
    recipient: Human
    requester: Human
    brand: str
    support_site: str
    lines: Mapping[str, Sequence[str]]


class Onboarding(Seen):
    """`temporal_ui_url` is the run's page in the Temporal UI."""

    id: str
    stage: str
    cause: str | None
    missing_gates: Sequence[str]
    version: int
    notice: Notice | None
    run_id: str | None
    temporal_ui_url: str


class Happening(Seen):
    """One entry of a timeline."""

    at: datetime
    event: str
    sentence: Bilingual


class Timeline(Seen):
    items: Sequence[Happening]


class Problem(Seen):
    """RFC 9457, with the members that say what is in the way."""

    type: str
    title: str
    missing_gates: Sequence[str] = ()
    notice: Notice | None = None


@dataclass(frozen=True)
class MultipartForm:
    """Fields and one file, as multipart/form-data."""

    fields: Mapping[str, str]
    logo_name: str
    logo: bytes
    idempotency_key: str


class Api:
    """Calls with an API key. Every method raises NotSo for an answer other than the one that it is for."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def get(self, path: str, answer: type[_Answer]) -> _Answer:
        return _read(self._client.get(API + path), answer, httpx2.codes.OK)

    def post(self, path: str, body: Mapping[str, object], answer: type[_Answer], status: int = 201) -> _Answer:
        headers = {"Idempotency-Key": new_key()}
        return _read(self._client.post(API + path, json=body, headers=headers), answer, status)

    def send_form(self, path: str, form: MultipartForm, answer: type[_Answer], status: int) -> _Answer:
        files = {"logo": (form.logo_name, form.logo, "image/png")}
        # With a boundary of its own choice the client would make another request of the same form.
        headers = {
            "Idempotency-Key": form.idempotency_key,
            "Content-Type": f"multipart/form-data; boundary={form.idempotency_key}",
        }
        sent = self._client.post(API + path, data=dict(form.fields), files=files, headers=headers)
        return _read(sent, answer, status)

    def readiness(self) -> Readiness:
        return _read(self._client.get("/readyz"), Readiness, httpx2.codes.OK)

    def onboarding(self, onboarding_id: str) -> Onboarding:
        return self.get(f"/onboardings/{onboarding_id}", Onboarding)

    def timeline(self, onboarding_id: str) -> Sequence[Happening]:
        """Oldest first."""
        return self.get(f"/onboardings/{onboarding_id}/timeline", Timeline).items

    def wait_for_stage(self, onboarding_id: str, stage: str) -> Onboarding:
        """The onboarding once it is in that stage."""

        def in_stage() -> Onboarding | None:
            found = self.onboarding(onboarding_id)
            return found if found.stage == stage else None

        return eventually(in_stage, lambda: self._still(onboarding_id, stage))

    def wait_for_event(self, onboarding_id: str, event: str) -> Sequence[Happening]:
        """The timeline once it tells that event."""

        def told() -> Sequence[Happening] | None:
            items = self.timeline(onboarding_id)
            return items if any(item.event == event for item in items) else None

        return eventually(told, lambda: f"The timeline does not tell “{event}”; is the worker running?")

    def _still(self, onboarding_id: str, stage: str) -> str:
        found = self.onboarding(onboarding_id)
        because = f" ({found.cause})" if found.cause else ""
        return f"The onboarding is in stage {found.stage}{because} instead of {stage}; is the worker running?"


def new_key() -> str:
    """An Idempotency-Key that nobody used."""
    return str(uuid4())


def _read(response: httpx2.Response, answer: type[_Answer], status: int) -> _Answer:
    asked = f"{response.request.method} {response.request.url.path}"
    must(response.status_code != httpx2.codes.UNAUTHORIZED, "The API key was refused: this system does not know it.")
    must(
        response.status_code == status,
        f"{asked} was answered with {response.status_code}{_title(response)} instead of {status}.",
    )
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]})) or "everything"
        raise NotSo(f"{asked} was answered without what it promises: {wrong}.") from None


def _title(response: httpx2.Response) -> str:
    try:
        return f" (“{Problem.model_validate_json(response.content).title}”)"
    except ValidationError:
        return ""
