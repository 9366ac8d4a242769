"""One run at a time on a data folder."""

import os
from pathlib import Path

import pytest

from passerelle.embedded.lock import DataDirectoryLock, is_running
from passerelle.embedded.process import StartError


def test_a_second_run_is_told_who_has_the_folder_and_what_to_do(tmp_path: Path) -> None:
    first = DataDirectoryLock(tmp_path)
    first.take(print)
    with pytest.raises(StartError) as refusal:
        DataDirectoryLock(tmp_path).take(print)
    assert "already running" in str(refusal.value)
    assert f"process {os.getpid()}" in str(refusal.value)
    assert "PASSERELLE_DATA_DIR" in str(refusal.value)
    first.release()


def test_the_folder_is_free_again_after_the_first_run(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    first = DataDirectoryLock(tmp_path)
    first.take(print)
    assert is_running(tmp_path)
    first.release()
    assert not is_running(tmp_path)
    second = DataDirectoryLock(tmp_path)
    second.take(print)
    second.release()


def test_the_folder_is_its_owner_s_only(tmp_path: Path) -> None:
    DataDirectoryLock(tmp_path / "kept").release()
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700


def test_servers_that_never_stop_end_the_start_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passerelle.embedded.lock.LEFTOVER_SECONDS", 0.2)
    first = DataDirectoryLock(tmp_path)
    first.take(print)
    os.close(first._run)
    with pytest.raises(StartError, match="Servers of the last run still use"):
        DataDirectoryLock(tmp_path).take(print)
    os.close(first.children)
