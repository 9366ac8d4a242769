"""The one screen that says what runs where, who may sign in, and what to try first."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from passerelle.embedded.environment import Installation


class DemoAccount(BaseModel):
    """Somebody who may sign in."""

    role: str
    name: str
    email: str
    password: str | None = None
    """None when there is no password to show, as before an invitation was answered."""


class Demo(BaseModel):
    """What the demo data brought; `data_dir`/demo.json."""

    api_key: str = ""
    accounts: list[DemoAccount] = []


def read_demo(path: Path) -> Demo:
    """The demo data's accounts and key; empty when the file is missing or not understood."""
    try:
        return Demo.model_validate(json.loads(path.read_text()))
    except (OSError, ValueError, ValidationError):
        return Demo()


def screen(installation: Installation, running: Collection[str]) -> str:
    """The screen's text, for the services that run (by name, see services.py)."""
    demo = read_demo(installation.settings.data_dir / "demo.json")
    sections = [
        ("What runs where", _table(_places(installation, running))),
        ("Demo accounts", _table(_accounts(demo))),
        ("What to try first", list(_first_steps(installation, demo)) if "api" in running else []),
    ]
    text = "\n\n".join("\n".join([title, *lines]) for title, lines in sections if lines)
    return f"\nPasserelle is ready.\n\n{text}\n\nCtrl-C stops everything; the next start continues where it was.\n"


def _places(installation: Installation, running: Collection[str]) -> Iterator[tuple[str, ...]]:
    settings = installation.settings
    if "api" in running:
        yield "Application", settings.url
        yield "Platform, sign-in", f"{settings.url}/fr/plateforme"
        yield "API", f"{settings.url}/api/v1, described at {settings.url}/api/docs"
    if "mail" in running:
        yield "Mail", f"http://localhost:{settings.mail_port} (every e-mail sent here stays here)"
    if "temporal" in running:
        yield "Temporal", f"{settings.temporal_ui} (server at {installation.temporal_address})"
    if "postgres" in running:
        yield "PostgreSQL", f"127.0.0.1:{settings.database_port} (password in {installation.postgres_directory})"
    yield "Logs", str(installation.logs)


def _accounts(demo: Demo) -> Iterator[tuple[str, ...]]:
    for account in demo.accounts:
        yield account.role, account.name, account.email, account.password or "(may request access, through the API)"
    if demo.api_key:
        yield "API key", demo.api_key


def _first_steps(installation: Installation, demo: Demo) -> Iterator[str]:
    yield "  make tour    in another terminal: walks the whole path and proves each step"
    yield (
        f'  curl -H "Authorization: Bearer {demo.api_key or "<API key>"}" {installation.settings.url}/api/v1/programs'
    )


def _table(rows: Iterator[tuple[str, ...]]) -> list[str]:
    """Lines with aligned columns; the last one as it is."""
    kept = list(rows)
    columns = range(max((len(row) for row in kept), default=1) - 1)
    widths = [max(len(row[column]) for row in kept if len(row) > column + 1) for column in columns]
    return [
        "  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]])
        for row in kept
    ]
