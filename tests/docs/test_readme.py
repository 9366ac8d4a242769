"""The README promises nothing that is not so."""

import re
from functools import cache
from pathlib import Path

import pytest

from passerelle import links
from passerelle.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@cache
def readme() -> str:
    return (ROOT / "README.md").read_text()


def row_start(field: str) -> str:
    """How the settings table's row of that field starts: its variable and its default as one would set it."""
    default = Settings.model_fields[field].default
    if isinstance(default, tuple):
        default = f"[{', '.join(str(number) for number in default)}]"
    shown = "–" if default in {"", None} else f"`{default}`"
    return f"| `PASSERELLE_{field.upper()}` | {shown} |"


def test_the_table_has_every_setting_with_its_default_and_no_other() -> None:
    rows = [line for line in readme().splitlines() if line.startswith("| `PASSERELLE_")]
    starts = [row_start(field) for field in Settings.model_fields]
    assert [start for start in starts if not any(row.startswith(start) for row in rows)] == []
    assert [row for row in rows if not row.startswith(tuple(starts))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_variable_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"PASSERELLE_[A-Z_]*[A-Z]", document.read_text()))
    assert named <= {f"PASSERELLE_{field.upper()}" for field in Settings.model_fields}


def test_the_table_of_addresses_names_the_ports_that_are_used_when_nothing_is_set() -> None:
    ports = {Settings.model_fields[field].default for field in ("http_port", "mail_port", "temporal_ui_port")}
    assert {int(port) for port in re.findall(r"<http://localhost:(\d+)", readme())} == ports


def test_the_address_of_the_platform_is_the_one_that_it_has_S34() -> None:
    assert f"<{links.platform('http://localhost:8000', 'fr')}>" in readme()


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for document in DOCUMENTS for target in re.findall(r"`make ([a-z]+)`", document.read_text())}
    assert {"run", "tour", "test"} <= named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_of_ours_that_a_document_names_is_there(document: Path) -> None:
    ours = r"`((?:passerelle|workflows|activities|api|web|tests|bench|deploy|docs|requirements)/[\w./-]+)`"
    named = re.findall(ours, document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []
