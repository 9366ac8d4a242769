"""Caught messages on the disk."""

import os
from pathlib import Path

import pytest

from passerelle.embedded.mailcatcher.store import Envelope, MessageStore

ENVELOPE = Envelope("from@example.com", ["a@example.com", "é@example.com"])
RAW = b"Subject: x\r\n\r\nbody\r\n\r\nmore\r\n"


def test_a_message_is_read_back_byte_for_byte_with_its_envelope(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    caught = MessageStore(tmp_path).read(store.keep(ENVELOPE, RAW))
    assert (caught.raw, caught.envelope) == (RAW, ENVELOPE)


def test_the_disk_has_it_before_keep_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file itself and then the folder that names it: fsync on both."""
    synced: list[str] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        names = sorted(path.suffix for path in tmp_path.iterdir())
        synced.append(",".join(names))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    MessageStore(tmp_path).keep(ENVELOPE, RAW)
    assert synced == [".unfinished", ".eml"]


def test_newest_first_even_when_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = MessageStore(tmp_path).keep(ENVELOPE, RAW)
    monkeypatch.setattr("time.time_ns", lambda: 1)
    store = MessageStore(tmp_path)
    second, third = store.keep(ENVELOPE, RAW), store.keep(ENVELOPE, RAW)
    assert store.ids() == [third, second, first]


def test_a_message_that_was_being_written_at_a_power_cut_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "1700000000000000000.unfinished").write_bytes(b"half")
    assert MessageStore(tmp_path).ids() == []


@pytest.mark.parametrize("message_id", ["1", "../secret-key", "", "²"])
def test_an_id_that_is_none_of_ours_finds_nothing(message_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret-key.eml").write_text("secret")
    with pytest.raises(KeyError):
        MessageStore(tmp_path / "mail").read(message_id)


def test_other_accounts_cannot_look_into_the_folder(tmp_path: Path) -> None:
    MessageStore(tmp_path / "mail")
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
