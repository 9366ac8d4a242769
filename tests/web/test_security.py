"""Headers, forged forms, hostile bodies, logos, errors: what the pages refuse and how they say it."""

import hashlib

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from passerelle.db.database import Database
from passerelle.db.tables import Logo
from passerelle.settings import Settings
from tests import platform_world as world
from tests.platform_world import OWN_PASSWORD
from tests.web.conftest import Browse, pages
from tests.web.reading import Reading
from web.forms import MAXIMUM_BYTES

SIGN_IN = "/fr/plateforme"
FORM = {"email": "jane@example.com", "password": OWN_PASSWORD}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; script-src 'self'"
)


@pytest.mark.parametrize(
    "path", ["/", "/fr", SIGN_IN, "/fr/plateforme/accueil", "/fr/nothing", "/nothing", "/static/no"]
)
async def test_every_answer_has_the_strict_policy_SEC21_SEC22(browser: httpx2.AsyncClient, path: str) -> None:
    headers = (await browser.get(path)).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "strict-transport-security" not in headers


async def test_pages_are_not_stored_and_files_are_SEC22(browser: httpx2.AsyncClient) -> None:
    page = await browser.get(SIGN_IN)
    assert page.headers["cache-control"] == "no-store"
    for address in _sheets(page.text):
        sheet = await browser.get(address)
        assert sheet.status_code == 200
        assert "immutable" in sheet.headers["cache-control"]
        assert sheet.headers["content-type"].startswith("text/css")


async def test_no_page_carries_a_script_or_an_inline_style_SEC21(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await world.registered(database)
    await browser.post(SIGN_IN, data=FORM)
    for path in ("/fr", "/fr/plateforme/accueil", "/fr/plateforme/parametres", "/fr/nothing"):
        html = (await browser.get(path)).text
        assert "<script" not in html
        assert "<style" not in html
        assert " style=" not in html
        assert " on" not in "".join(part.split(">")[0] for part in html.split("<")[1:] if part.startswith("button"))


async def test_over_https_browsers_are_told_to_stay_there_SEC22(settings: Settings, database: Database) -> None:
    secure = settings.model_copy(update={"base_url": "https://passerelle.example.com"})
    transport = httpx2.ASGITransport(app=pages(secure, database))
    async with httpx2.AsyncClient(transport=transport, base_url=secure.url) as browser:
        answer = await browser.get("/fr")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000.evil.example.com"},
        {"Origin": "http://localhost:8001"},
        {"Referer": "http://localhost:8000/fr"},
    ],
)
async def test_a_form_from_elsewhere_is_refused_in_the_persons_language_SEC19(
    browse: Browse, database: Database, headers: dict[str, str]
) -> None:
    await world.registered(database)
    for path, heading in (
        (SIGN_IN, "Ce formulaire ne vient pas de notre site"),
        ("/en/platform", "This form did not come from our site"),
    ):
        browser = browse(**headers)
        answer = await browser.post(path, data=FORM)
        assert answer.status_code == 403
        assert Reading(answer.text).headings == [heading]
        assert not browser.cookies


@pytest.mark.parametrize(
    ("base_url", "headers"),
    [
        ("http://localhost:8000", {"Sec-Fetch-Site": "same-origin"}),
        ("http://localhost:8000", {"Sec-Fetch-Site": "none"}),
        ("http://localhost:8000", {"Origin": "http://localhost:8000"}),
        # Behind a proxy the request's own host is another than the one that people type, or the other way round.
        ("http://10.0.0.5:8000", {"Origin": "http://localhost:8000"}),
        ("http://10.0.0.5:8000", {"Origin": "http://10.0.0.5:8000"}),
    ],
)
async def test_our_own_forms_are_taken_SEC19(
    browse: Browse, database: Database, base_url: str, headers: dict[str, str]
) -> None:
    await world.registered(database)
    assert (await browse(base_url, **headers).post(SIGN_IN, data=FORM)).status_code == 303


async def test_a_form_without_any_word_of_its_origin_is_refused_SEC19(browse: Browse) -> None:
    assert (await browse(**{"User-Agent": "curl"}).post(SIGN_IN, data=FORM)).status_code == 403


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"email=" + b"a" * MAXIMUM_BYTES, "application/x-www-form-urlencoded", 413),
        (b"password=" + b"a" * 1025, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d=1" % number for number in range(30)), "application/x-www-form-urlencoded", 400),
        (b"email=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"email=\xff", "application/x-www-form-urlencoded", 400),
        (b'{"email": "a"}', "application/json", 415),
        (b"", "", 415),
    ],
)
async def test_a_body_that_no_person_typed_is_refused_SEC41(
    browser: httpx2.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await browser.post(SIGN_IN, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert Reading(answer.text).lang == "fr"


@pytest.mark.parametrize("typed", ["\x00", "a\x00@example.com", "\u202eevil@example.com", "'; DROP TABLE people; --"])
async def test_control_characters_never_reach_the_database_trap_5(browser: httpx2.AsyncClient, typed: str) -> None:
    assert (await browser.post(SIGN_IN, data={"email": typed, "password": typed})).status_code == 422


async def test_a_hostile_name_is_shown_literally_SEC36(browser: httpx2.AsyncClient, database: Database) -> None:
    hostile = "{{7*7}}<img src=x onerror=alert(1)>"
    await world.registered(database, title=hostile)
    await browser.post(SIGN_IN, data=FORM)
    answer = await browser.get("/fr/plateforme/accueil")
    assert hostile in Reading(answer.text).text
    assert "<img src=x" not in answer.text


async def test_a_logo_is_a_png_in_a_sandbox_SEC40(
    app: FastAPI, browser: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = b"\x89PNG\r\n\x1a\n..."
    name = hashlib.sha256(picture).hexdigest()

    async def get(sha256: str) -> bytes:
        assert sha256 == name
        return picture

    monkeypatch.setattr(app.state.logos, "get", get)
    async with database.transaction() as tx:
        logo = Logo(name="logo.svg", sha256=name, width=1, height=1)
        tx.add(logo)
    answer = await browser.get(f"/logos/{logo.id}")
    assert answer.content == picture
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("logo_id", ["x", "00000000-0000-4000-8000-000000000000", "..%2f..%2fsecret-key"])
async def test_a_logo_that_is_not_there_is_not_found(browser: httpx2.AsyncClient, logo_id: str) -> None:
    assert (await browser.get(f"/logos/{logo_id}")).status_code == 404


async def test_a_logo_whose_file_is_lost_is_not_found(browser: httpx2.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        logo = Logo(name="logo.png", sha256="0" * 64, width=1, height=1)
        tx.add(logo)
    assert (await browser.get(f"/logos/{logo.id}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "language", "heading"),
    [
        ("/fr/nothing", "fr,en;q=0.1", "Cette page n’existe pas"),
        ("/en/nothing", "fr", "This page does not exist"),
        ("/nothing", "en-CA", "This page does not exist"),
        ("/nothing", "", "Cette page n’existe pas"),
    ],
)
async def test_a_missing_page_is_told_in_the_persons_language(
    browser: httpx2.AsyncClient, path: str, language: str, heading: str
) -> None:
    answer = await browser.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert Reading(answer.text).headings == [heading]


async def test_a_failure_of_ours_shows_a_page_without_its_cause_SEC57(
    app: FastAPI, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "database", None)
    answer = await browser.post("/en/platform", data=FORM)
    assert answer.status_code == 500
    assert Reading(answer.text).headings == ["Something went wrong on our side"]
    assert "NoneType" not in answer.text
    assert OWN_PASSWORD not in answer.text
    assert answer.headers["content-security-policy"] == POLICY


async def test_what_is_under_api_is_left_to_the_api(browser: httpx2.AsyncClient) -> None:
    for path in ("/api", "/api/v1/nothing"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/json"


async def test_what_is_no_page_has_no_route_that_could_be_logged_SEC42(app: FastAPI, browse: Browse) -> None:
    """A mistyped link still holds its token: whoever counts requests must not find a name for it."""
    seen: list[tuple[str, bool]] = []

    class Counting:
        def __init__(self, inner: ASGIApp) -> None:
            self._inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._inner(scope, receive, send)
            seen.append((getattr(scope.get("route"), "path", ""), "endpoint" in scope))

    app.add_middleware(Counting)
    browser = browse()
    await browser.get("/fr/plateforme/invitation/token")
    await browser.get("/fr/plateforme/invitation/token/x")
    assert seen == [("/fr/plateforme/invitation/{token}", True), ("", False)]


async def test_a_page_takes_only_what_it_has_a_form_for(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/fr", data={})
    assert answer.status_code == 405
    assert Reading(answer.text).headings == ["Cette page n’existe pas"]
    assert (await browser.delete(SIGN_IN)).status_code == 405


def _sheets(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('rel="stylesheet" href="')[1:]]
