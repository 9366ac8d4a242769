"""Asking for an unlock or new-password mail, and the pages its link leads to."""

import httpx2
import pytest

from passerelle.db.database import Database
from passerelle.domain.credentials import account_token
from tests import platform_world as world
from tests.platform_world import KEY, OWN_PASSWORD
from tests.web.conftest import Browse
from tests.web.reading import Reading

EMAIL = "jane@example.com"
FORGOTTEN, UNLOCK = "/fr/plateforme/mot-de-passe-oublie", "/fr/plateforme/deverrouillage"
LOCK = "UPDATE platform_accounts SET failed_tries = 10, locked_at = now()"


async def link(browser: httpx2.AsyncClient, database: Database, page: str, folder: str) -> str:
    """The address that the mail would carry."""
    await browser.post(page, data={"email": EMAIL})
    row = (await world.outbox(database, "send_account_mail"))[-1]
    return f"/fr/plateforme/{folder}/{account_token(KEY, row.subject_id)}"


@pytest.mark.parametrize("page", [FORGOTTEN, UNLOCK])
async def test_the_answer_is_the_same_whether_the_account_exists_or_not_SEC13(
    browse: Browse, database: Database, page: str
) -> None:
    await world.registered(database)
    await world.run(database, LOCK)
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        browser = browse()
        answer = await browser.post(page, data={"email": email})
        shown = await browser.get(answer.headers["location"])
        answers.append((answer.status_code, answer.headers["location"], shown.text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert len(await world.outbox(database, "send_account_mail")) == 1


@pytest.mark.parametrize(
    ("path", "heading", "sentence"),
    [
        (FORGOTTEN, "Mot de passe oublié", "S’il existe un compte avec cette adresse"),
        (UNLOCK, "Déverrouillez votre compte", "Si un compte avec cette adresse est verrouillé"),
        ("/en/platform/forgotten-password", "Forgotten password", "If there is an account with this address"),
        ("/en/platform/unlock", "Unlock your account", "If an account with this address is locked"),
    ],
)
async def test_both_pages_speak_both_languages_S35(
    browser: httpx2.AsyncClient, path: str, heading: str, sentence: str
) -> None:
    page = Reading((await browser.get(path)).text)
    assert page.headings == [heading]
    assert list(page.labels) == ["email"]
    answer = await browser.post(path, data={"email": EMAIL})
    assert sentence in Reading((await browser.get(answer.headers["location"])).text).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Entrez votre adresse courriel."), ("jane@", "Entrez une adresse courriel comme nom@exemple.com.")],
)
async def test_what_is_no_address_is_named_at_the_field(browser: httpx2.AsyncClient, typed: str, sentence: str) -> None:
    answer = await browser.post(UNLOCK, data={"email": typed})
    page = Reading(answer.text)
    assert answer.status_code == 422
    assert page.links[sentence] == "#email"
    assert page.fields["email"]["value"] == typed


async def test_the_unlock_link_asks_for_a_button_and_unlocks_then_S36_F19(browse: Browse, database: Database) -> None:
    browser = browse()
    await world.registered(database)
    await world.run(database, LOCK)
    address = await link(browser, database, UNLOCK, "deverrouillage")
    for _ in range(20):
        assert (await browser.head(address)).status_code == 200
        assert Reading((await browser.get(address)).text).buttons == ["Déverrouiller mon compte"]
    assert (await world.account(database)).locked_at is not None
    answer = await browser.post(address)
    assert "Votre compte est déverrouillé." in Reading((await browser.get(answer.headers["location"])).text).text
    assert (await world.account(database)).locked_at is None
    assert (await browser.get(address)).status_code == 410
    assert (await browser.post(address)).status_code == 410


async def test_the_password_link_takes_a_password_within_the_rule_S39(browse: Browse, database: Database) -> None:
    browser = browse()
    await world.registered(database)
    address = await link(browser, database, FORGOTTEN, "mot-de-passe")
    refused = await browser.post(address, data={"new_password": "abcde1", "new_password_confirmation": "other"})
    page = Reading(refused.text)
    assert refused.status_code == 422
    assert page.links["Le nouveau mot de passe doit contenir une majuscule."] == "#new_password"
    assert page.links["La confirmation n’est pas identique au nouveau mot de passe."] == "#new_password_confirmation"
    answer = await browser.post(address, data={"new_password": "Abcde!", "new_password_confirmation": "Abcde!"})
    assert answer.headers["location"] == "/fr/plateforme?notice=password-changed"
    signed_in = await browse().post("/fr/plateforme", data={"email": EMAIL, "password": "Abcde!"})
    assert signed_in.headers["location"] == "/fr/plateforme/accueil"
    old = await browse().post("/fr/plateforme", data={"email": EMAIL, "password": OWN_PASSWORD})
    assert old.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/fr/plateforme/deverrouillage/unknown",
        "/fr/plateforme/mot-de-passe/unknown",
        "/en/platform/unlock/unknown",
        "/en/platform/password/unknown",
    ],
)
async def test_a_dead_link_offers_a_new_one_and_keeps_the_token_to_itself_trap_1(
    browser: httpx2.AsyncClient, path: str
) -> None:
    for answer in (
        await browser.get(path),
        await browser.post(path, data={"new_password": "Abcde1", "new_password_confirmation": "Abcde1"}),
        await browser.post(path, data={"new_password": "a"}),
    ):
        page = Reading(answer.text)
        assert answer.status_code == 410
        assert page.headings[0] in {"Ce lien ne fonctionne plus", "This link no longer works"}
        assert {"Demander un nouveau lien", "Ask for a new link"} & set(page.links)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
