"""Home, and the invitation that somebody with an account accepts with one button."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from passerelle.db.database import Database
from passerelle.db.tables import Onboarding, Registration, TrainingSession
from passerelle.domain.stages import Stage, stage_of
from tests import platform_world as world
from tests.platform_world import OWN_PASSWORD
from tests.web.reading import Reading

EMAIL = "jane@example.com"
HOME, ACCEPTANCE = "/fr/plateforme/accueil", "/fr/plateforme/acceptation"


async def sign_in(browser: httpx2.AsyncClient) -> httpx2.Response:
    return await browser.post("/fr/plateforme", data={"email": EMAIL, "password": OWN_PASSWORD})


async def test_home_shows_the_programs_that_one_administers(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database, title="Génies en herbe")
    await sign_in(browser)
    page = Reading((await browser.get(HOME)).text)
    assert page.headings[0] == "Bonjour Jane"
    assert "Génies en herbe Science Jeunesse" in page.text


async def test_a_waiting_invitation_comes_first_after_sign_in_F45(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    await world.invited(database, title="Mentorat Élan")
    assert (await sign_in(browser)).headers["location"] == ACCEPTANCE
    page = Reading((await browser.get(ACCEPTANCE)).text)
    assert "Mentorat Élan" in page.text
    assert [words.split(" – ")[0] for words in page.buttons] == ["Se déconnecter", "Accepter"]
    # It waits, it does not block: the person's other programs stay within reach.
    assert "Une invitation vous attend" in Reading((await browser.get(HOME)).text).headings


async def test_one_button_accepts_and_the_end_says_so_F45_S43(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    invited = await world.invited(database, title="Mentorat Élan")
    await sign_in(browser)
    form = Reading((await browser.get(ACCEPTANCE)).text).fields
    answer = await browser.post(ACCEPTANCE, data={"onboarding_id": form["onboarding_id"]["value"]})
    assert answer.headers["location"] == "/fr/plateforme/inscription-terminee"
    assert stage_of(await world.facts(database, invited.onboarding_id)) is Stage.COMPLETED
    assert "Mentorat Élan" in Reading((await browser.get(HOME)).text).text
    again = await browser.post(ACCEPTANCE, data={"onboarding_id": str(invited.onboarding_id)})
    assert (again.status_code, again.headers["location"]) == (303, "/fr/plateforme/inscription-terminee")


async def test_looking_at_an_invitation_does_not_accept_it_F19(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    invited = await world.invited(database)
    await sign_in(browser)
    for _ in range(20):
        await browser.get(ACCEPTANCE)
        await browser.head(ACCEPTANCE)
    assert stage_of(await world.facts(database, invited.onboarding_id)) is Stage.AWAITING_REGISTRATION


@pytest.mark.parametrize("onboarding_id", ["", "not an id", "00000000-0000-4000-8000-000000000000"])
async def test_an_invitation_that_is_not_ones_own_is_not_found(
    browser: httpx2.AsyncClient, database: Database, onboarding_id: str
) -> None:
    await world.registered(database)
    await sign_in(browser)
    assert (await browser.post(ACCEPTANCE, data={"onboarding_id": onboarding_id})).status_code == 404


async def test_an_invitation_that_died_meanwhile_is_told_F26(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    invited = await world.invited(database)
    await sign_in(browser)
    await world.withdraw(database, invited)
    answer = await browser.post(ACCEPTANCE, data={"onboarding_id": str(invited.onboarding_id)})
    assert "Cette invitation n’est plus valable." in Reading((await browser.get(answer.headers["location"])).text).text
    assert (await browser.get(ACCEPTANCE)).headers["location"] == HOME


async def test_the_end_names_the_training_that_comes_S43(browser: httpx2.AsyncClient, database: Database) -> None:
    invited = await world.registered(database)
    starts_at = datetime.now(UTC) + timedelta(days=2)
    async with database.transaction() as tx:
        onboarding = await tx.get_one(Onboarding, invited.onboarding_id)
        session = TrainingSession(
            title="Formation de décembre",
            language="fr",
            starts_at=starts_at,
            time_zone="America/Toronto",
            length_minutes=90,
            seats=20,
        )
        tx.add(session)
        await tx.flush()
        tx.add(Registration(training_session_id=session.id, organization_id=onboarding.organization_id))
    await sign_in(browser)
    page = Reading((await browser.get("/fr/plateforme/inscription-terminee")).text)
    assert "Formation de décembre" in page.text
