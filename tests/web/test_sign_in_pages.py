"""The sign-in page in both languages: its words, its form, its cookie."""

import httpx2
import pytest
from pydantic import SecretStr

from passerelle.db.database import Database
from passerelle.settings import Settings
from tests import platform_world as world
from tests.platform_world import KEY, OWN_PASSWORD
from tests.web.conftest import Browse, pages
from tests.web.reading import Reading

EMAIL = "jane@example.com"
FRENCH, ENGLISH = "/fr/plateforme", "/en/platform"


async def sign_in(browser: httpx2.AsyncClient, password: str, path: str = FRENCH, **more: str) -> httpx2.Response:
    return await browser.post(path, data={"email": EMAIL, "password": password, **more})


async def test_the_french_page_says_the_seeds_words_S34_S35(browser: httpx2.AsyncClient) -> None:
    page = Reading((await browser.get(FRENCH)).text)
    assert "Bienvenue sur la plateforme de mentorat virtuelle qui vous est présentée par\u00a0:" in page.text
    assert page.lang == "fr"
    assert page.headings == ["Se connecter"]
    assert page.buttons == ["Se connecter"]
    assert page.labels == {"email": "Courriel", "password": "Mot de passe", "stay_signed_in": "Rester connecté"}
    assert page.links["Mot de passe?"] == "/fr/plateforme/mot-de-passe-oublie"
    unlock = page.links["Vous n’avez pas reçu les instructions de déverrouillage?"]
    assert unlock == "/fr/plateforme/deverrouillage"


async def test_the_english_page_says_the_same_S34_S35(browser: httpx2.AsyncClient) -> None:
    page = Reading((await browser.get(ENGLISH)).text)
    assert "Welcome to the virtual mentoring platform presented to you by:" in page.text
    assert page.lang == "en"
    assert page.headings == page.buttons == ["Sign in"]
    assert page.labels == {"email": "Email", "password": "Password", "stay_signed_in": "Stay signed in"}
    assert page.links["Forgot your password?"] == "/en/platform/forgotten-password"
    assert page.links["Didn’t receive unlock instructions?"] == "/en/platform/unlock"


async def test_the_operators_name_stands_as_a_drawn_word_S34(browser: httpx2.AsyncClient) -> None:
    page = Reading((await browser.get(FRENCH)).text)
    assert [image["aria-label"] for image in page.images] == ["Mentor Canada"]
    assert "MENTOR CANADA" in page.text


async def test_password_managers_find_their_fields(browser: httpx2.AsyncClient) -> None:
    fields = Reading((await browser.get(FRENCH)).text).fields
    assert fields["email"]["autocomplete"] == "username"
    assert fields["password"]["autocomplete"] == "current-password"
    assert "maxlength" not in fields["password"]


async def test_a_provided_password_leads_to_the_settings_S38(browser: httpx2.AsyncClient, database: Database) -> None:
    invited = await world.invited(database)
    answer = await sign_in(browser, invited.password)
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/plateforme/parametres")


async def test_ones_own_password_leads_home(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    answer = await sign_in(browser, OWN_PASSWORD, ENGLISH)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/platform/home")
    again = await browser.get(ENGLISH)
    assert (again.status_code, again.headers["location"]) == (303, "/en/platform/home")


async def test_a_wrong_password_keeps_the_address_and_the_tick_never_the_password_S35(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    answer = await sign_in(browser, "Secret-wrong-1", stay_signed_in="1")
    page = Reading(answer.text)
    assert answer.status_code == 422
    assert page.title.startswith("Erreur\u00a0: ")
    assert (
        "Le courriel ou le mot de passe est incorrect, ou le compte est verrouillé." in page.described["email-problem"]
    )
    assert page.links["Le courriel ou le mot de passe est incorrect, ou le compte est verrouillé."] == "#email"
    assert page.fields["email"]["value"] == EMAIL
    assert "checked" in page.fields["stay_signed_in"]
    assert "Secret-wrong-1" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_known_unknown_locked_disabled_and_unfinished_accounts_answer_alike_SEC13(
    browse: Browse, database: Database
) -> None:
    await world.registered(database, "known@example.com")
    await world.registered(database, "locked@example.com")
    await world.registered(database, "disabled@example.com")
    await world.invited(database, "invited@example.com")
    await world.run(database, "UPDATE platform_accounts SET failed_tries = 10, locked_at = now() WHERE email LIKE 'l%'")
    await world.run(database, "UPDATE platform_accounts SET disabled_at = now() WHERE email LIKE 'd%'")
    answers = []
    for name in ("known", "locked", "disabled", "invited", "unknown"):
        typed = {"email": f"{name}@example.com", "password": "Wrong1"}
        answer = await browse().post(FRENCH, data=typed)
        answers.append((answer.status_code, answer.text.replace(name, "…"), sorted(set(answer.headers))))
    assert all(answer == answers[0] for answer in answers)


async def test_empty_fields_are_named_each_by_itself(browser: httpx2.AsyncClient) -> None:
    page = Reading((await browser.post(FRENCH, data={"email": " ", "password": ""})).text)
    assert page.links["Entrez votre adresse courriel."] == "#email"
    assert page.links["Entrez votre mot de passe."] == "#password"


async def test_without_the_tick_the_cookie_ends_with_the_browser_S37(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    cookie = (await sign_in(browser, OWN_PASSWORD)).headers["set-cookie"]
    assert cookie.startswith("passerelle_platform=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age" not in cookie
    assert "expires" not in cookie.lower()


async def test_with_the_tick_it_lasts_30_days_S37(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    cookie = (await sign_in(browser, OWN_PASSWORD, stay_signed_in="1")).headers["set-cookie"]
    assert "Max-Age=2592000" in cookie


async def test_over_https_the_cookie_is_bound_to_the_host_SEC16(settings: Settings, database: Database) -> None:
    secure = settings.model_copy(
        update={"base_url": "https://passerelle.example.com", "secret_key": SecretStr(KEY.decode())}
    )
    await world.registered(database)
    transport = httpx2.ASGITransport(app=pages(secure, database))
    async with httpx2.AsyncClient(transport=transport, base_url=secure.url) as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        answer = await sign_in(browser, OWN_PASSWORD)
        assert answer.headers["set-cookie"].startswith("__Host-passerelle_platform=")
        assert "; Secure" in answer.headers["set-cookie"]
        assert "Domain" not in answer.headers["set-cookie"]
        assert (await browser.get("/fr/plateforme/accueil")).status_code == 200


async def test_signing_in_gives_a_new_id_and_ends_the_old_one_SEC17(browse: Browse, database: Database) -> None:
    await world.registered(database)
    browser = browse()
    await sign_in(browser, OWN_PASSWORD)
    old = dict(browser.cookies)
    await sign_in(browser, OWN_PASSWORD)
    assert dict(browser.cookies) != old
    with_the_old_cookie = browse()
    with_the_old_cookie.cookies.update(old)
    assert (await with_the_old_cookie.get("/fr/plateforme/accueil")).status_code == 303


async def test_signing_out_takes_a_button_and_forgets_the_browser(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    await sign_in(browser, OWN_PASSWORD)
    assert (await browser.get("/fr/plateforme/deconnexion")).status_code == 303
    assert (await browser.get("/fr/plateforme/accueil")).status_code == 200
    answer = await browser.post("/fr/plateforme/deconnexion")
    assert answer.headers["location"] == "/fr/plateforme?notice=signed-out"
    assert not browser.cookies
    assert "Votre session est fermée." in Reading((await browser.get(answer.headers["location"])).text).text


async def test_an_ended_session_leads_to_sign_in_and_says_why_SEC18(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    await sign_in(browser, OWN_PASSWORD)
    await world.run(database, "DELETE FROM sessions")
    answer = await browser.get("/fr/plateforme/parametres")
    assert answer.headers["location"] == "/fr/plateforme?notice=session-ended"
    assert not browser.cookies


@pytest.mark.parametrize(
    "page", ["accueil", "parametres", "parametres/messagerie", "acceptation", "inscription-terminee"]
)
async def test_nothing_is_shown_to_somebody_who_is_not_signed_in(browser: httpx2.AsyncClient, page: str) -> None:
    answer = await browser.get(f"/fr/plateforme/{page}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/plateforme")


async def test_an_address_cannot_put_words_on_our_page(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get(FRENCH, params={"notice": "<b>Send us your password</b>"})
    assert "Send us" not in Reading(answer.text).text
