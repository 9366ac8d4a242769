"""The forced password change, step by step, and the settings afterwards, in both languages."""

import asyncio

import httpx2
import pytest

from passerelle.db.database import Database
from passerelle.domain.stages import Stage, stage_of
from tests import platform_world as world
from tests.platform_world import OWN_PASSWORD, Invited
from tests.web.conftest import Browse
from tests.web.reading import Reading

EMAIL = "jane@example.com"
SETTINGS = "/fr/plateforme/parametres"
ELSEWHERE = (
    "/fr/plateforme",
    "/fr/plateforme/accueil",
    "/fr/plateforme/parametres/messagerie",
    "/fr/plateforme/acceptation",
    "/fr/plateforme/inscription-terminee",
)


async def registering(browser: httpx2.AsyncClient, database: Database) -> Invited:
    """Signed in with the provided password."""
    invited = await world.invited(database)
    await browser.post("/fr/plateforme", data={"email": EMAIL, "password": invited.password})
    return invited


async def signed_in(browser: httpx2.AsyncClient, database: Database) -> None:
    await world.registered(database)
    await browser.post("/fr/plateforme", data={"email": EMAIL, "password": OWN_PASSWORD})


def typed(current: str, new: str = OWN_PASSWORD, confirmation: str | None = None, email: str = EMAIL) -> dict[str, str]:
    return {
        "email": email,
        "current_password": current,
        "new_password": new,
        "new_password_confirmation": new if confirmation is None else confirmation,
    }


async def is_open(database: Database, invited: Invited) -> bool:
    return stage_of(await world.facts(database, invited.onboarding_id)) is Stage.AWAITING_REGISTRATION


async def test_the_french_page_has_the_seeds_tabs_fields_and_buttons_S38(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await registering(browser, database)
    page = Reading((await browser.get(SETTINGS)).text)
    assert list(page.labels.values()) == [
        "Courriel *",
        "Mot de passe actuel *",
        "Nouveau mot de passe",
        "Confirmation de mot de passe",
    ]
    assert page.links["Paramètres"] == SETTINGS
    assert "Paramètres de messagerie" in page.text
    assert page.buttons == ["Se déconnecter", "Sauvegarder les changements", "Annuler"]
    assert page.fields["email"]["value"] == EMAIL


async def test_the_english_page_has_the_same_S38(browser: httpx2.AsyncClient, database: Database) -> None:
    await registering(browser, database)
    page = Reading((await browser.get("/en/platform/settings")).text)
    assert list(page.labels.values()) == ["Email *", "Current password *", "New password", "Password confirmation"]
    assert page.links["Settings"] == "/en/platform/settings"
    assert "Email settings" in page.text
    assert page.buttons == ["Sign out", "Save changes", "Cancel"]


async def test_each_password_field_has_the_seeds_help_text_S39_S40(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await registering(browser, database)
    page = Reading((await browser.get(SETTINGS)).text)
    helps = {
        "current_password": "Le mot de passe que vous utilisez actuellement pour accéder à ce site.",
        "new_password": (
            "Le mot de passe doit contenir au moins six caractères avec une majuscule et un chiffre ou un symbole."
        ),
        "new_password_confirmation": "Le mot de passe doit correspondre au nouveau mot de passe entré plus haut.",
    }
    for name, words in helps.items():
        assert page.described[f"{name}-hint"] == words
        assert f"{name}-hint" in (page.fields[name]["aria-describedby"] or "")
    assert page.fields["new_password"]["autocomplete"] == "new-password"


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_else_is_reachable_until_it_is_done_S42_SEC5(
    browser: httpx2.AsyncClient, database: Database, path: str
) -> None:
    await registering(browser, database)
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, SETTINGS)


@pytest.mark.parametrize("path", ["/fr/plateforme/parametres/messagerie", "/fr/plateforme/acceptation"])
async def test_nothing_else_can_be_done_until_it_is_done_S42_SEC5(
    browser: httpx2.AsyncClient, database: Database, path: str
) -> None:
    invited = await registering(browser, database)
    answer = await browser.post(path, data={"onboarding_id": str(invited.onboarding_id)})
    assert (answer.status_code, answer.headers["location"]) == (303, SETTINGS)
    assert (await world.account(database)).mail_digest
    assert await is_open(database, invited)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Abcd1", "Le nouveau mot de passe doit contenir au moins 6 caractères."),
        ("abcde1", "Le nouveau mot de passe doit contenir une majuscule."),
        ("Abcdef", "Le nouveau mot de passe doit contenir un chiffre ou un symbole."),
    ],
)
async def test_a_password_outside_the_rule_is_refused_at_its_field_S39(
    browser: httpx2.AsyncClient, database: Database, password: str, sentence: str
) -> None:
    invited = await registering(browser, database)
    answer = await browser.post(SETTINGS, data=typed(invited.password, password))
    page = Reading(answer.text)
    assert answer.status_code == 422
    assert page.title.startswith("Erreur\u00a0: ")
    assert page.links[sentence] == "#new_password"
    assert sentence in page.described["new_password-problem"]
    assert page.fields["new_password"]["aria-invalid"] == "true"
    assert await is_open(database, invited)


@pytest.mark.parametrize("password", ["Abcde1", "Abcde!", "ABCDE1", "Élise1"])
async def test_a_password_within_the_rule_completes_the_registration_S39_S41(
    browser: httpx2.AsyncClient, database: Database, password: str
) -> None:
    invited = await registering(browser, database)
    answer = await browser.post(SETTINGS, data=typed(invited.password, password))
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/plateforme/inscription-terminee")
    assert stage_of(await world.facts(database, invited.onboarding_id)) is Stage.COMPLETED


@pytest.mark.parametrize(
    ("form", "french", "english"),
    [
        (
            {"new_password_confirmation": "Abcde2"},
            "La confirmation n’est pas identique au nouveau mot de passe.",
            "The confirmation is not the same as the new password.",
        ),
        (
            {"current_password": "not-the-one"},
            "Ce n’est pas le mot de passe qui vous a servi à vous connecter.",
            "This is not the password that you signed in with.",
        ),
        (
            {"email": "other@example.com"},
            "Entrez l’adresse de votre compte\u00a0: jane@example.com. "  # noqa: ISC004 - one sentence
            "Pour en utiliser une autre, écrivez à notre soutien.",
            "Enter the address of your account: jane@example.com. To use another one, write to our support.",
        ),
    ],
)
async def test_every_field_has_its_own_error_in_both_languages_S40(
    browser: httpx2.AsyncClient, database: Database, form: dict[str, str], french: str, english: str
) -> None:
    invited, (field,) = await registering(browser, database), form
    for path, sentence in ((SETTINGS, french), ("/en/platform/settings", english)):
        page = Reading((await browser.post(path, data={**typed(invited.password), **form})).text)
        assert sentence in page.described[f"{field}-problem"]
        assert page.links[sentence] == f"#{field}"


async def test_the_typed_address_is_kept_and_no_password_ever_is_trap_3(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await registering(browser, database)
    answer = await browser.post(SETTINGS, data=typed("Secret-1", "Secret-2", "Secret-3", email="typo@example"))
    assert Reading(answer.text).fields["email"]["value"] == "typo@example"
    assert "Secret-" not in answer.text


async def test_cancelling_signs_out_and_keeps_the_registration_open_S42(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    invited = await registering(browser, database)
    answer = await browser.post("/fr/plateforme/deconnexion")
    assert "Votre inscription reste ouverte" in Reading((await browser.get(answer.headers["location"])).text).text
    assert await is_open(database, invited)
    again = await browser.post("/fr/plateforme", data={"email": EMAIL, "password": invited.password})
    assert again.headers["location"] == SETTINGS


async def test_the_end_says_that_the_training_gives_the_rest_S43(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    invited = await registering(browser, database)
    answer = await browser.post(SETTINGS, data=typed(invited.password))
    page = Reading((await browser.get(answer.headers["location"])).text)
    assert page.headings == ["Votre inscription est terminée"]
    assert "la session de formation donne le reste" in page.text
    english = Reading((await browser.get("/en/platform/registration-complete")).text)
    assert "the training session gives the rest" in english.text
    assert (await browser.get("/fr/plateforme/accueil")).status_code == 200


async def test_after_the_save_the_provided_password_is_refused_S41(browse: Browse, database: Database) -> None:
    browser = browse()
    invited = await registering(browser, database)
    await browser.post(SETTINGS, data=typed(invited.password))
    answer = await browse().post("/fr/plateforme", data={"email": EMAIL, "password": invited.password})
    assert answer.status_code == 422


async def test_fifty_parallel_saves_complete_once_and_the_others_are_told_F20(
    browse: Browse, database: Database
) -> None:
    browser = browse()
    invited = await registering(browser, database)
    cookies = dict(browser.cookies)

    async def save() -> httpx2.Response:
        tab = browse()
        tab.cookies.update(cookies)
        return await tab.post(SETTINGS, data=typed(invited.password))

    answers = await asyncio.gather(*(save() for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [303, *[409] * 49]
    losers = [Reading(answer.text) for answer in answers if answer.status_code == 409]
    assert all(page.headings == ["Votre inscription était déjà terminée"] for page in losers)
    assert all("set-cookie" not in answer.headers for answer in answers if answer.status_code == 409)


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        ("UPDATE onboardings SET expires_at = now()", "Cette invitation a expiré"),
        ("UPDATE onboardings SET withdrawn_at = now(), stage = 'withdrawn'", "Cette invitation a été retirée"),
        ("UPDATE onboardings SET generation = 2", "Cette invitation a été remplacée par une plus récente"),
    ],
)
async def test_a_registration_that_dies_under_the_form_says_so_and_ends_the_session_F26_F27(
    browse: Browse, database: Database, change: str, heading: str
) -> None:
    browser = browse()
    invited = await registering(browser, database)
    await world.run(database, change)
    answer = await browser.post(SETTINGS, data=typed(invited.password))
    assert answer.status_code == 410
    assert Reading(answer.text).headings == [heading]
    assert not browser.cookies


async def test_ones_password_is_changed_in_the_same_form_and_the_others_are_signed_out(
    browse: Browse, database: Database
) -> None:
    here, elsewhere = browse(), browse()
    await signed_in(here, database)
    await elsewhere.post("/fr/plateforme", data={"email": EMAIL, "password": OWN_PASSWORD})
    answer = await here.post(SETTINGS, data=typed(OWN_PASSWORD, "Another1"))
    assert answer.headers["location"] == f"{SETTINGS}?notice=saved"
    assert "Vos changements sont enregistrés." in Reading((await here.get(answer.headers["location"])).text).text
    assert (await elsewhere.get(SETTINGS)).status_code == 303


async def test_the_messaging_tab_keeps_its_choice_S38(browser: httpx2.AsyncClient, database: Database) -> None:
    await signed_in(browser, database)
    path = Reading((await browser.get(SETTINGS)).text).links["Paramètres de messagerie"]
    assert "checked" in Reading((await browser.get(path)).text).fields["mail_digest"]
    unticked = await browser.post(path, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert unticked.status_code == 303
    assert "checked" not in Reading((await browser.get(path)).text).fields["mail_digest"]
    await browser.post(path, data={"mail_digest": "1"})
    assert "checked" in Reading((await browser.get(path)).text).fields["mail_digest"]
