"""The one screen that says what runs where, who may sign in, and what to try."""

import json
from pathlib import Path

import pytest

from passerelle.embedded.environment import Installation
from passerelle.embedded.screen import read_demo, screen
from passerelle.settings import Settings

EVERYTHING = {"postgres", "temporal", "mail", "worker", "api"}
DEMO = {
    "api_key": "pk_demo_1",
    "accounts": [
        {"role": "Operator", "name": "Odile", "email": "odile@example.com", "password": "Abcde1"},
        {"role": "Designated", "name": "Élise", "email": "elise@example.com", "password": None},
    ],
}


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(Settings(data_dir=tmp_path, http_port=8123, mail_port=8124, temporal_ui_port=8125), {})


def test_it_names_every_address_account_and_first_step(installation: Installation) -> None:
    (installation.settings.data_dir / "demo.json").write_text(json.dumps(DEMO))
    shown = screen(installation, EVERYTHING)
    for expected in (
        "http://localhost:8123/fr/plateforme",
        "http://localhost:8123/api/docs",
        "http://localhost:8124",
        "http://localhost:8125",
        str(installation.logs),
        "odile@example.com  Abcde1",
        "elise@example.com  (may request access, through the API)",
        "make tour",
        'curl -H "Authorization: Bearer pk_demo_1" http://localhost:8123/api/v1/programs',
    ):
        assert expected in shown
    assert len(shown.splitlines()) <= 24, "one screen"


def test_it_shows_only_what_runs_here(installation: Installation) -> None:
    shown = screen(installation, {"postgres"})
    assert "PostgreSQL" in shown
    for absent in ("Application", "Temporal", "Mail", "make tour"):
        assert absent not in shown


@pytest.mark.parametrize("content", [None, "", "{", '{"accounts": [{"name": 1}]}', "[]"])
def test_demo_accounts_that_cannot_be_read_are_left_out(content: str | None, installation: Installation) -> None:
    path = installation.settings.data_dir / "demo.json"
    if content is not None:
        path.write_text(content)
    assert read_demo(path).accounts == []
    assert "Demo accounts" not in screen(installation, EVERYTHING)
