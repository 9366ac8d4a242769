"""Where an invitation's link leads, in every state of the invitation, however often a scanner opens it."""

import httpx2
import pytest
from sqlalchemy import text

from passerelle.db.database import Database
from passerelle.db.tables import Base, Logo
from tests import platform_world as world
from tests.web.conftest import Browse
from tests.web.reading import Reading

EMAIL = "jane@example.com"


def french(invited: world.Invited) -> str:
    return f"/fr/plateforme/invitation/{invited.token}"


async def test_it_is_the_sign_in_page_with_the_programs_title_S34(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    invited = await world.invited(database, title="L’avenir, « ensemble » & <autrement>")
    answer = await browser.get(french(invited))
    page = Reading(answer.text)
    assert answer.status_code == 200
    assert page.headings == page.buttons == ["Se connecter"]
    assert "L’avenir, « ensemble » & <autrement>" in page.text
    assert "<autrement>" not in answer.text
    assert "mot de passe à usage unique" in page.text
    # Whoever holds the link is not told whose it is, nor how to get in.
    assert EMAIL not in answer.text
    assert invited.password not in answer.text


async def test_in_english_it_says_the_same_S34(browser: httpx2.AsyncClient, database: Database) -> None:
    invited = await world.invited(database)
    page = Reading((await browser.get(f"/en/platform/invitation/{invited.token}")).text)
    assert page.headings == ["Sign in"]
    assert "Génies en herbe" in page.text
    assert page.links["Français"] == french(invited)


async def test_the_programs_logo_is_shown_S22(browser: httpx2.AsyncClient, database: Database) -> None:
    invited = await world.invited(database)
    async with database.transaction() as tx:
        logo = Logo(name="Advanced.png", sha256="0" * 64, width=300, height=300)
        tx.add(logo)
        await tx.flush()
        await tx.execute(text("UPDATE access_requests SET logo_id = :id"), {"id": logo.id})
    page = Reading((await browser.get(french(invited))).text)
    assert f"/logos/{logo.id}" in [image.get("src") for image in page.images]


async def test_opening_it_twenty_times_changes_no_row_and_it_still_works_F19(
    browse: Browse, database: Database
) -> None:
    invited = await world.invited(database)
    before = await _everything(database)
    for _ in range(20):
        scanner = browse(**{"User-Agent": "scanner"})
        for path in (french(invited), f"/en/platform/invitation/{invited.token}"):
            assert (await scanner.head(path)).status_code == 200
            assert (await scanner.get(path)).status_code == 200
        assert not scanner.cookies
    assert await _everything(database) == before
    answer = await browse().post(french(invited), data={"email": EMAIL, "password": invited.password})
    assert answer.headers["location"] == "/fr/plateforme/parametres"


async def test_the_link_stays_between_us_and_the_person_trap_1(browser: httpx2.AsyncClient, database: Database) -> None:
    invited = await world.invited(database)
    for answer in (await browser.get(french(invited)), await browser.get("/fr/plateforme/invitation/unknown")):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.text


async def test_a_wrong_password_shows_the_same_page_again_with_the_program(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    invited = await world.invited(database)
    answer = await browser.post(french(invited), data={"email": EMAIL, "password": "wrong"})
    page = Reading(answer.text)
    assert answer.status_code == 422
    assert "Génies en herbe" in page.text
    assert page.fields["email"]["value"] == EMAIL


async def test_somebody_with_an_account_is_told_to_use_their_password_F45(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    invited = await world.invited(database)
    page = Reading((await browser.get(french(invited))).text)
    assert "Vous avez déjà un compte ici" in page.text


@pytest.mark.parametrize(
    ("change", "heading", "next_step"),
    [
        ("UPDATE onboardings SET expires_at = now()", "Cette invitation a expiré", "de l’envoyer de nouveau"),
        (
            "UPDATE onboardings SET withdrawn_at = now(), stage = 'withdrawn'",
            "Cette invitation a été retirée",
            "qui a demandé l’accès",
        ),
        (
            "UPDATE onboardings SET generation = generation + 1",
            "Cette invitation a été remplacée par une plus récente",
            "courriel le plus récent",
        ),
        ("UPDATE invitations SET used_at = now()", "Cette invitation a déjà été utilisée", "que vous avez choisi"),
    ],
)
async def test_a_dead_link_says_why_and_what_to_do_F26_F27_F41(
    browser: httpx2.AsyncClient, database: Database, change: str, heading: str, next_step: str
) -> None:
    invited = await world.invited(database)
    await world.run(database, change)
    posted = await browser.post(french(invited), data={"email": EMAIL, "password": invited.password})
    for answer in (await browser.get(french(invited)), posted):
        page = Reading(answer.text)
        assert answer.status_code == 410
        assert page.headings == [heading]
        assert next_step in page.text
        assert "Génies en herbe" in page.text
        assert not page.fields


@pytest.mark.parametrize("token", ["unknown", "%00", "é", "x" * 500, "..%2F..%2Fetc"])
async def test_a_link_that_we_never_made_is_not_known(browser: httpx2.AsyncClient, token: str) -> None:
    answer = await browser.get(f"/fr/plateforme/invitation/{token}")
    assert answer.status_code == 404


async def test_an_unknown_link_offers_a_next_step_in_both_languages(browser: httpx2.AsyncClient) -> None:
    for path, heading, help_words in (
        ("/fr/plateforme/invitation/unknown", "Nous ne connaissons pas ce lien", "Obtenir de l’aide"),
        ("/en/platform/invitation/unknown", "We do not know this link", "Get help"),
    ):
        page = Reading((await browser.get(path)).text)
        assert page.headings == [heading]
        assert page.links[help_words] == "https://support.mentoringcanada.ca"


async def _everything(database: Database) -> dict[str, list[str]]:
    async with database.transaction() as tx:
        return {
            table.name: [str(row) for row in await tx.execute(table.select())] for table in Base.metadata.sorted_tables
        }
