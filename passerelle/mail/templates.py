"""An e-mail is a folder of three templates: subject.txt, body.txt, body.html, in one language at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from passerelle.i18n import Language, translations

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Content:
    """A rendered e-mail: one-line subject, plain text, HTML with its styles inlined."""

    subject: str
    text: str
    html: str


def render(kind: str, language: Language, values: Mapping[str, object]) -> Content:
    """The e-mail of this kind (a folder's name). User text is escaped in HTML and never a template (SEC36)."""
    environments = _html(language), _text(language)
    context = {"language": language, **values}
    html = environments[0].get_template(f"{kind}/body.html").render(context)
    subject, text = (environments[1].get_template(f"{kind}/{part}.txt").render(context) for part in ("subject", "body"))
    # Not str.split(): it would also take the no-break spaces of French typography.
    return Content(re.sub(r"[ \r\n]+", " ", subject).strip(" "), text.strip() + "\n", _inline(html))


@cache
def _html(language: Language) -> Environment:
    return _environment(language, autoescape=True)


@cache
def _text(language: Language) -> Environment:
    return _environment(language, autoescape=False)


def _environment(language: Language, *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=autoescape,  # noqa: S701 - off for plain text only
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
    return environment


@cache
def _inliner() -> css_inline.CSSInliner:
    # @media rules cannot be inlined; dropped, dark mode would be unreadable.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _inline(html: str) -> str:
    return _inliner().inline(html)
