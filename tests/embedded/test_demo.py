"""The demo records: the seed's sample, added once, to an empty database only."""

import asyncio
import json
from datetime import UTC, datetime

from sqlalchemy import select

from passerelle.auth.api_keys import presented
from passerelle.auth.policy import Scope
from passerelle.dates import relative
from passerelle.db import programs
from passerelle.db.database import Database
from passerelle.db.tables import Admin, ApiKey, Base, Onboarding, Organization, OutboxRow, Person, TrainingSession
from passerelle.domain.gates import ReviewStatus
from passerelle.domain.stages import Stage
from passerelle.embedded.demo import add
from passerelle.embedded.screen import read_demo
from passerelle.i18n import Language
from passerelle.services import api_keys, organizations
from passerelle.services.organizations import OrganizationForm
from passerelle.settings import Settings

FRENCH: Language = "fr"


async def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, without when a key was last used."""
    async with database.transaction() as tx:
        tables = Base.metadata.sorted_tables
        shown = {table: [column for column in table.columns if column.name != "used_at"] for table in tables}
        return {
            table.name: sorted((tuple(row) for row in await tx.execute(select(*columns))), key=repr)
            for table, columns in shown.items()
        }


async def test_the_seed_s_three_programs_are_listed_as_the_seed_lists_them_S9_S10_S12_S13(
    database: Database, settings: Settings
) -> None:
    assert await add(settings) == "The demo data was added."
    async with database.transaction() as tx:
        assert await programs.count(tx, ReviewStatus.APPROVED) == 3
        rows = await programs.page(tx, None, None, 10)
    now = datetime.now(UTC)
    assert [
        (
            row.program.title_fr,
            row.organization.name_fr,
            row.program.contact_name,
            row.program.response_level,
            relative(row.program.created_at, now, FRENCH, settings.time_zone).replace("\u00a0", " "),
        )
        for row in rows
    ] == [
        ("Génies en herbe", "Science Jeunesse", "Daniel Test", 1, "Il y a environ 18 heures"),
        ("Génies en herbe", "Science", "Joaquin", 4, "Il y a 21 jours"),
        ("Passeport carrière", "Organisme ABC", "Jane Doe", 2, "Il y a 28 jours"),
    ]


async def test_two_onboardings_await_the_request_and_one_the_training_S4_L1(
    database: Database, settings: Settings
) -> None:
    await add(settings)
    async with database.transaction() as tx:
        found = await tx.execute(
            select(Organization.name_fr, Onboarding.stage).join(
                Onboarding, Onboarding.organization_id == Organization.id
            )
        )
        session = (await tx.scalars(select(TrainingSession))).one()
        signals = len((await tx.scalars(select(OutboxRow))).all())
    stages = {row.name_fr: row.stage for row in found}
    assert stages == {
        "Science Jeunesse": Stage.AWAITING_REQUEST,
        "Science": Stage.AWAITING_REQUEST,
        "Organisme ABC": Stage.AWAITING_TRAINING,
    }
    assert session.starts_at > datetime.now(UTC)
    assert signals == 5, "three starts and two registrations are on their way to Temporal"


async def test_every_program_has_an_admin_whose_address_is_nobody_s_S1(database: Database, settings: Settings) -> None:
    await add(settings)
    async with database.transaction() as tx:
        addresses = list(await tx.scalars(select(Person.email).join(Admin).where(Admin.program_id.is_not(None))))
    assert len(addresses) == 3
    assert all(address.endswith("@example.com") for address in addresses)
    assert {account.email for account in read_demo(settings.data_dir / "demo.json").accounts} == set(addresses)


async def test_the_file_is_its_owner_s_only_and_its_key_opens_every_door(
    database: Database, settings: Settings
) -> None:
    await add(settings)
    path = settings.data_dir / "demo.json"
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text())
    assert set(content) == {"api_key", "accounts"}
    assert set(content["accounts"][0]) == {"role", "name", "email", "password"}
    async with database.transaction() as tx:
        for scope in Scope:
            assert (await api_keys.admit(tx, presented(content["api_key"]), scope)).caller.name == "Demo"


async def test_a_second_run_changes_nothing(database: Database, settings: Settings) -> None:
    await add(settings)
    before, file = await everything(database), (settings.data_dir / "demo.json").stat()
    assert await add(settings) == "The demo data is there already."
    after = (settings.data_dir / "demo.json").stat()
    assert await everything(database) == before
    assert (after.st_ino, after.st_mtime_ns) == (file.st_ino, file.st_mtime_ns)


async def test_two_runs_at_once_add_it_once(database: Database, settings: Settings) -> None:
    await asyncio.gather(add(settings), add(settings))
    async with database.transaction() as tx:
        assert await programs.count(tx, None) == 3


async def test_a_missing_file_gets_a_new_key_and_the_records_stay(database: Database, settings: Settings) -> None:
    await add(settings)
    path = settings.data_dir / "demo.json"
    first = read_demo(path).api_key
    path.unlink()
    await add(settings)
    assert read_demo(path).api_key not in {"", first}
    async with database.transaction() as tx:
        assert await programs.count(tx, None) == 3
        assert len((await tx.scalars(select(ApiKey))).all()) == 2


async def test_a_key_of_another_database_is_replaced(database: Database, settings: Settings) -> None:
    path = settings.data_dir / "demo.json"
    stale = "psl_0123456789_" + "x" * 43
    path.write_text(json.dumps({"api_key": stale, "accounts": []}))
    await add(settings)
    kept = read_demo(path)
    assert kept.api_key != stale
    assert len(kept.accounts) == 3


async def test_a_file_that_others_could_read_is_closed(settings: Settings) -> None:
    await add(settings)
    path = settings.data_dir / "demo.json"
    path.chmod(0o644)
    await add(settings)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_database_with_records_of_its_own_is_left_alone_and_no_key_is_offered(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        await organizations.submit(tx, OrganizationForm(name_fr="Un vrai organisme"))
    (settings.data_dir / "demo.json").write_text('{"api_key": "psl_of_another_database"}')
    before = await everything(database)
    assert await add(settings) == "The database holds records of its own: no demo data was added."
    assert await everything(database) == before
    assert not (settings.data_dir / "demo.json").exists()


async def test_what_people_added_to_the_demo_since_keeps_nobody_from_starting_it_again(
    database: Database, settings: Settings
) -> None:
    await add(settings)
    async with database.transaction() as tx:
        await organizations.submit(tx, OrganizationForm(name_fr="Ajouté depuis"))
    assert await add(settings) == "The demo data is there already."
    assert read_demo(settings.data_dir / "demo.json").api_key
