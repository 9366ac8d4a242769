"""Two languages for real: the entry, the toggle, and no sentence left untranslated."""

import re
from pathlib import Path

import httpx2
import pytest
from babel.messages.extract import extract_from_dir

from passerelle.i18n import DIRECTORY, say
from tests.web.reading import Reading
from web.paths import PATHS, Page, in_other_language, path_to

WEB = Path(__file__).parents[2] / "web"
KEYWORDS = {"_": None, "marked": None, "say": (2,)}


def _sentences() -> list[str]:
    """Every message id that templates and modules of the pages use."""
    methods = [("**.html", "jinja2"), ("**.py", "python")]
    found = extract_from_dir(str(WEB), method_map=methods, options_map={}, keywords=KEYWORDS)
    return sorted({str(message) for _, _, message, _, _ in found})


@pytest.mark.parametrize(
    ("accepted", "path"),
    [("", "/fr"), ("en-CA,en;q=0.9,fr;q=0.5", "/en"), ("fr-CA,en;q=0.9", "/fr"), ("de", "/fr"), ("en;q=x", "/fr")],
)
async def test_the_root_leads_to_the_preferred_language_S7(
    browser: httpx2.AsyncClient, accepted: str, path: str
) -> None:
    answer = await browser.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["location"]) == (302, path)
    assert answer.headers["vary"] == "Accept-Language"


async def test_the_entry_names_the_network_and_links_the_platform_and_the_api_S7(
    browser: httpx2.AsyncClient,
) -> None:
    french = Reading((await browser.get("/fr")).text)
    assert french.headings == ["Le réseau de mentorat de Mentor Canada"]
    assert {"/fr/plateforme", "/api/docs"} <= set(french.links.values())
    english = Reading((await browser.get("/en")).text)
    assert english.headings == ["The mentoring network of Mentor Canada"]
    assert {"/en/platform", "/api/docs"} <= set(english.links.values())


async def test_the_toggle_keeps_page_and_query(browser: httpx2.AsyncClient) -> None:
    page = Reading((await browser.get("/fr/plateforme?notice=unlocked")).text)
    assert page.links["English"] == "/en/platform?notice=unlocked"
    back = Reading((await browser.get(page.links["English"])).text)
    assert back.links["Français"] == "/fr/plateforme?notice=unlocked"
    assert "Your account is unlocked." in back.text


@pytest.mark.parametrize("page", list(Page))
def test_every_page_has_the_same_page_in_the_other_language(page: Page) -> None:
    french, english = path_to("fr", page, token="t0-_ken"), path_to("en", page, token="t0-_ken")
    assert in_other_language(french) == english
    assert in_other_language(english) == french


def test_what_is_no_page_leads_to_the_other_entry() -> None:
    assert in_other_language("/fr/nothing") == "/en"
    assert in_other_language("/nothing") == "/en"
    assert in_other_language("/en/../fr") == "/fr"


def test_no_two_pages_share_an_address() -> None:
    addresses = [path for paths in PATHS.values() for path in paths.values()]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("message", _sentences())
def test_every_sentence_of_the_pages_is_translated(message: str) -> None:
    french = say("fr", message)
    assert french != message, f"not in {DIRECTORY}"
    assert set(re.findall(r"%\(\w+\)s", french)) == set(re.findall(r"%\(\w+\)s", message))
    # Before a colon and inside the quotes a space that never breaks; « ? » without one, as in the seed's labels.
    assert not re.search(r"\w [:;!?»]|« \w", french)
