"""`python -m passerelle doctor` says what is reachable, what is not, and how to mend it."""

import os
import socket
from pathlib import Path

import pytest

from passerelle.embedded.doctor import Finding, table
from passerelle.embedded.ports import LOOPBACK
from tests.embedded.laptop import Laptop


def line_of(output: str, subject: str) -> str:
    """The table's line about the subject."""
    return next(line for line in output.splitlines() if line[2:].startswith(subject))


def test_with_nothing_running_it_says_how_to_start_everything(laptop: Laptop) -> None:
    examined = laptop.run("doctor")
    assert examined.returncode == 1
    assert line_of(examined.stdout, "Python").startswith("✓")
    assert line_of(examined.stdout, "Secret key").startswith("✓")
    for subject in ("PostgreSQL", "Temporal", "Mail", "Application"):
        assert line_of(examined.stdout, subject).startswith("✗")
        assert line_of(examined.stdout, subject).endswith("make run.")
    assert not laptop.directory.exists(), "an examination makes nothing"


def test_a_server_of_one_s_own_that_is_away_is_not_ours_to_start(laptop: Laptop) -> None:
    examined = laptop.run(
        "doctor",
        PASSERELLE_DATABASE_URL=f"postgresql://x@{LOOPBACK}:{laptop.ports['DATABASE']}/x",
        PASSERELLE_SMTP_URL=f"smtp://{LOOPBACK}:{laptop.ports['MAIL_SMTP']}",
        TEMPORAL_ADDRESS=f"{LOOPBACK}:{laptop.ports['TEMPORAL']}",
    )
    assert line_of(examined.stdout, "PostgreSQL").endswith("Check PASSERELLE_DATABASE_URL.")
    assert line_of(examined.stdout, "Temporal").endswith("Check TEMPORAL_ADDRESS.")
    assert line_of(examined.stdout, "Mail").endswith("Check PASSERELLE_SMTP_URL.")


def test_a_database_of_one_s_own_is_asked_for_its_version_and_tables(laptop: Laptop, postgres_url: str) -> None:
    migrated = laptop.run("doctor", PASSERELLE_DATABASE_URL=postgres_url)
    assert "version 18, tables up to date" in line_of(migrated.stdout, "PostgreSQL")
    empty = laptop.run("doctor", PASSERELLE_DATABASE_URL=f"{postgres_url.rpartition('/')[0]}/postgres")
    assert line_of(empty.stdout, "PostgreSQL").endswith("Run: python -m passerelle migrate")


def test_a_key_that_others_can_read_is_found(laptop: Laptop) -> None:
    laptop.directory.mkdir()
    key = laptop.directory / "secret-key"
    key.write_text("k" * 43)
    key.chmod(0o644)
    assert f"chmod 600 {key}" in line_of(laptop.run("doctor").stdout, "Secret key")
    key.chmod(0o600)
    assert line_of(laptop.run("doctor").stdout, "Secret key").startswith("✓")


def test_a_key_that_is_too_short_is_found(laptop: Laptop) -> None:
    examined = laptop.run("doctor", PASSERELLE_SECRET_KEY="short")
    assert "32 characters or more" in line_of(examined.stdout, "Secret key")


def test_a_taken_port_is_named_with_the_setting_that_changes_it(laptop: Laptop) -> None:
    with socket.create_server((LOOPBACK, laptop.ports["MAIL"])):
        found = line_of(laptop.run("doctor").stdout, f"Port {laptop.ports['MAIL']}")
    assert found.startswith("✗")
    assert found.endswith("is taken. Set PASSERELLE_MAIL_PORT to another one.")


def test_a_data_folder_that_cannot_be_one_is_found(laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    examined = laptop.run("doctor", PASSERELLE_DATA_DIR=str(tmp_path / "file" / "kept"))
    assert "PASSERELLE_DATA_DIR" in line_of(examined.stdout, "Data folder")


def test_a_setting_that_is_not_understood_is_named(laptop: Laptop) -> None:
    examined = laptop.run("doctor", PASSERELLE_HTTP_PORT="eighty")
    assert examined.returncode == 1
    assert "PASSERELLE_HTTP_PORT" in examined.stdout
    assert "Traceback" not in examined.stderr


@pytest.mark.parametrize("width", [1, 20])
def test_the_table_s_columns_are_aligned(width: int) -> None:
    shown = table([Finding("x" * width, "good"), Finding("y", "bad", "Mend it.")]).splitlines()
    assert shown[0].index("good") == shown[1].index("bad")
    assert shown[0].startswith("✓")
    assert shown[1].startswith("✗")
    assert os.linesep not in shown[1]
