"""The demo records: the seed's own sample, three approved programs, and an API key to try them with (S9-S13).

They are added to an empty database only, all in one transaction. A database that holds anything else is left
as it is; one that holds the demo already keeps it as people have changed it since.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.auth.api_keys import presented
from passerelle.auth.policy import Scope
from passerelle.db.database import Database
from passerelle.db.demo import Standing, standing
from passerelle.domain.errors import Refused
from passerelle.domain.timeline import Actor, ActorKind
from passerelle.embedded.screen import Demo, DemoAccount, read_demo
from passerelle.services import api_keys, organizations, programs, trainings
from passerelle.services.organizations import OrganizationForm, PersonForm, ReviewForm
from passerelle.services.programs import ProgramForm
from passerelle.services.trainings import TrainingSessionForm
from passerelle.settings import Settings

FILE = "demo.json"
KEY_NAME = "Demo"
STAFF = Actor(ActorKind.OPERATOR)
APPROVED = ReviewForm(decision="approved")
TRAINING_IN = timedelta(days=14)
TRAINING_AT = time(13, 30)


@dataclass(frozen=True)
class Sample:
    """One row of the seed's list: an organization with one program and one admin."""

    organization: str
    contact: str
    admin: PersonForm
    title_fr: str
    title_en: str
    response_level: int
    created: timedelta
    """How long ago (S12)."""
    is_registered: bool
    """For the training session (S4)."""


def _person(first_name: str, last_name: str, number: int) -> PersonForm:
    """An admin with an address like the seed's, in a domain that is nobody's (RFC 2606)."""
    return PersonForm(first_name=first_name, last_name=last_name, email=f"test{number}-orgadmin@example.com")


SAMPLES = (
    Sample(
        organization="Science Jeunesse",
        contact="Daniel Test",
        admin=_person("Daniel", "Test", 20),
        title_fr="Génies en herbe",
        title_en="",
        response_level=1,
        created=timedelta(hours=18),
        is_registered=True,
    ),
    Sample(
        organization="Science",
        contact="Joaquin",
        admin=_person("Joaquin", "Test", 16),
        title_fr="Génies en herbe",
        title_en="",
        response_level=4,
        created=timedelta(days=21),
        is_registered=True,
    ),
    Sample(
        organization="Organisme ABC",
        contact="Jane Doe",
        admin=_person("Jane", "Doe", 12),
        title_fr="Passeport carrière",
        title_en="Career Passport",
        response_level=2,
        created=timedelta(days=28),
        is_registered=False,
    ),
)


def main(settings: Settings) -> None:
    """`python -m passerelle demo`: adds the records where there are none, and says what it did."""
    print(asyncio.run(add(settings)))


async def add(settings: Settings) -> str:
    """Add the demo where the database is empty; `data_dir`/demo.json then holds its key and accounts.

    Twice is once. A missing file, or one with a key that this database does not take, gets a new key.
    """
    database, path = Database(settings.database_url), settings.data_dir / FILE
    try:
        async with database.transaction() as tx:
            found = await standing(tx, SAMPLES[0].admin.email)
            if found is Standing.EMPTY:
                await _add_samples(tx, settings)
            key = None if found is Standing.OTHERS else await _working_key(tx, read_demo(path).api_key)
    finally:
        await database.close()
    if key is None:
        # The screen must not offer another database's key and accounts.
        path.unlink(missing_ok=True)
        return "The database holds records of its own: no demo data was added."
    _keep(path, Demo(api_key=key, accounts=_accounts()))
    return "The demo data is there already." if found is Standing.DEMO else "The demo data was added."


async def _add_samples(tx: AsyncSession, settings: Settings) -> None:
    now = datetime.now(UTC)
    session = await trainings.plan(tx, _training(settings, now))
    for sample in SAMPLES:
        organization_id = await _add(tx, settings, sample, now)
        if sample.is_registered:
            await trainings.register(tx, session.session.id, organization_id, STAFF)


async def _add(tx: AsyncSession, settings: Settings, sample: Sample, now: datetime) -> UUID:
    """Submitted and approved, so that the onboarding has begun (L1); the organization's id."""
    organization = await organizations.submit(tx, _organization_form(sample))
    await organizations.review(tx, organization.id, APPROVED)
    submitted = await programs.submit(tx, _program_form(sample, organization.id))
    organization.created_at = submitted.program.created_at = now - sample.created
    await programs.review(tx, settings, submitted.program.id, APPROVED, STAFF)
    return organization.id


def _organization_form(sample: Sample) -> OrganizationForm:
    return OrganizationForm(name_fr=sample.organization, contact_name=sample.contact, admins=(sample.admin,))


def _program_form(sample: Sample, organization_id: UUID) -> ProgramForm:
    return ProgramForm(
        organization_id=organization_id,
        title_fr=sample.title_fr,
        title_en=sample.title_en,
        contact_name=sample.contact,
        response_level=sample.response_level,
        admins=(sample.admin,),
    )


def _training(settings: Settings, now: datetime) -> TrainingSessionForm:
    zone = ZoneInfo(settings.time_zone)
    day = (now.astimezone(zone) + TRAINING_IN).date()
    return TrainingSessionForm(
        title="Session d’intégration et de formation",
        language="fr",
        starts_at=datetime.combine(day, TRAINING_AT, zone),
        time_zone=settings.time_zone,
        seats=20,
        meeting_link="https://meet.example.com/integration",
    )


async def _working_key(tx: AsyncSession, kept: str) -> str:
    """The key that the file holds if it opens every door, else a new one."""
    try:
        for scope in Scope:
            await api_keys.admit(tx, presented(kept), scope)
    except Refused:
        _, kept = await api_keys.create(tx, KEY_NAME, list(Scope))
    return kept


def _accounts() -> list[DemoAccount]:
    return [
        DemoAccount(
            role=f"Admin, {sample.organization}",
            name=f"{sample.admin.first_name} {sample.admin.last_name}",
            email=sample.admin.email,
        )
        for sample in SAMPLES
    ]


def _keep(path: Path, demo: Demo) -> None:
    """Writes the file for its owner's eyes only, whole or not at all; one that is right already is not touched."""
    if read_demo(path) == demo and not path.stat().st_mode & 0o077:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(demo.model_dump(), ensure_ascii=False, indent=2) + "\n")
    unfinished.replace(path)
