"""The embedded Temporal server."""

from pathlib import Path

import pytest

from passerelle.embedded import temporal
from passerelle.embedded.ports import LOOPBACK, free_port
from passerelle.embedded.process import GuardedProcess, StartError
from tests.embedded.laptop import eventually


def registered_after_a_start(directory: Path) -> set[str]:
    port, http_port = free_port(), free_port()
    command = temporal.command(directory / "temporal.db", port=port, ui_port=free_port(), http_port=http_port)
    server = GuardedProcess(command, directory / "temporal.log")
    try:
        eventually(lambda: server.exit_code is not None or temporal.is_ready(port=port, http_port=http_port))
        return temporal.registered_attributes(http_port)
    finally:
        server.end()


def test_a_ready_server_knows_the_stage_attribute_O4(tmp_path: Path) -> None:
    assert registered_after_a_start(tmp_path) == {"OnboardingStage"}


def test_a_database_made_without_the_attribute_learns_it_at_the_next_start_O4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(temporal, "SEARCH_ATTRIBUTES", {})
        assert registered_after_a_start(tmp_path) == set()
    assert "OnboardingStage" in registered_after_a_start(tmp_path)


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    arguments = temporal.command(tmp_path / "t.db", port=1, ui_port=2, http_port=3).arguments
    assert "journal_mode=WAL" in arguments
    assert "synchronous=FULL" in arguments
    assert arguments[arguments.index("--ip") + 1] == LOOPBACK


def test_without_a_temporal_program_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_arguments, **_options: None)
    with pytest.raises(StartError, match=r"requirements/run\.txt"):
        temporal.temporal_executable()
