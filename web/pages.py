"""Pages: rendered in the language of their address, never remembered by a cache."""

import hashlib
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from passerelle.i18n import Language, preferred, say, translations
from passerelle.settings import Settings
from web.paths import Page, in_other_language, path_language, path_to

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
LANGUAGE_NAMES: dict[Language, str] = {"fr": "Français", "en": "English"}


def language_of_request(request: Request) -> Language:
    """That of the address; where it has none, the one that the browser prefers (RFC 9110, 12.5.4)."""
    return path_language(request.url.path) or preferred(request.headers.get("accept-language", ""))


def render(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """The template in the page's language. `values` are escaped where they are shown (SEC36)."""
    language = language_of_request(request)
    settings: Settings = request.app.state.settings
    html = (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            other_language=_other_language(request),
            path=partial(path_to, language),
            Page=Page,
            settings=settings,
            **values,
        )
    )
    return HTMLResponse(html, status)


def redirect(request: Request, page: Page, notice: str = "") -> Response:
    """POST → redirect → GET. `notice` names what the next page says at its top."""
    query = f"?notice={notice}" if notice else ""
    return RedirectResponse(path_to(language_of_request(request), page) + query, 303)


def translate(request: Request, message: str, **values: object) -> str:
    """The message in the page's language."""
    return say(language_of_request(request), message, **values)


@cache
def static_url(name: str) -> str:
    """The address of one of our files; it changes with its content, so that browsers may keep it."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={version}"


def _other_language(request: Request) -> dict[str, str]:
    other: Language = "fr" if language_of_request(request) == "en" else "en"
    query = f"?{request.url.query}" if request.url.query else ""
    return {"code": other, "name": LANGUAGE_NAMES[other], "href": in_other_language(request.url.path) + query}


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
    environment.globals["static"] = static_url
    return environment
