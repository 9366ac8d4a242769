"""Settings from the environment, and the secret key that is read or made."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr, ValidationError

from passerelle.settings import Settings, read_or_make_key

KEY = "k" * 32


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PASSERELLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_durations_and_the_password_rule_are_those_of_the_requirements_L4_S39_D1() -> None:
    settings = Settings()
    assert list(settings.reminder_days) == [3, 7, 14]
    assert (settings.requester_reminder_day, settings.expiry_days, settings.lapse_days) == (7, 30, 60)
    assert settings.mail_retry_minutes == 30
    assert settings.password_minimum_length == 6
    assert settings.request_scope == "organization"
    assert settings.time_zone == "America/Toronto"


def test_brand_support_site_and_operator_are_settings_S30(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_BRAND", "Mentor To Go")
    monkeypatch.setenv("PASSERELLE_OPERATOR_NAME", "Un réseau")
    monkeypatch.setenv("PASSERELLE_SUPPORT_SITE", "aide.example.com")
    settings = Settings()
    assert (settings.brand, settings.operator_name) == ("Mentor To Go", "Un réseau")
    assert settings.support_site == "aide.example.com"


def test_lists_of_days_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_REMINDER_DAYS", "[1, 2.5]")
    assert list(Settings().reminder_days) == [1, 2.5]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_SCALE", "0"),
        ("TIME_SCALE", "-1"),
        ("PASSWORD_MINIMUM_LENGTH", "5"),
        ("LOCKOUT_TRIES", "0"),
        ("LOCKOUT_MINUTES", "0"),
        ("REQUEST_SCOPE", "everything"),
        ("HTTP_PORT", "eight thousand"),
    ],
)
def test_senseless_values_stop_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PASSERELLE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_nothing_changes_after_the_start() -> None:
    with pytest.raises(ValidationError):
        Settings().http_port = 1  # type: ignore[misc]  # that it is read-only is what is tested


def test_days_shrink_for_demonstrations_only() -> None:
    assert Settings().days(3) == timedelta(days=3)
    assert Settings(time_scale=1440).days(3) == timedelta(minutes=3)


def test_links_start_with_the_base_url_without_a_slash_SEC23() -> None:
    assert Settings(base_url="https://example.com/").url == "https://example.com"
    assert Settings(http_port=8123).url == "http://localhost:8123"
    assert Settings(temporal_ui_url="https://temporal.example.com/").temporal_ui == "https://temporal.example.com"
    assert Settings(temporal_ui_port=8234).temporal_ui == "http://localhost:8234"


def test_cookies_are_secure_where_the_base_url_is() -> None:
    assert Settings(base_url="https://example.com").secure_cookies
    assert not Settings(base_url="http://localhost:8000").secure_cookies


def test_the_key_is_not_shown_SEC42() -> None:
    settings = Settings(secret_key=SecretStr(KEY))
    assert KEY not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert settings.key() == KEY.encode()


def test_the_key_is_needed_before_it_is_used() -> None:
    with pytest.raises(RuntimeError):
        Settings().key()


def test_a_key_is_made_once_and_only_its_owner_can_read_it_SEC46(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path / "new" / "folder").resolved().key()
    path = tmp_path / "new" / "folder" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first) >= 43
    assert Settings(data_dir=tmp_path / "new" / "folder").resolved().key() == first
    assert Settings(data_dir=tmp_path / "other").resolved().key() != first


def test_processes_that_start_together_make_one_key_SEC46(tmp_path: Path) -> None:
    """Two keys would mean links and passwords that one process makes and the other refuses."""
    start = Barrier(16)

    def key() -> str:
        start.wait()
        return read_or_make_key(tmp_path / "secret-key")

    with ThreadPoolExecutor(16) as threads:
        keys = {future.result() for future in [threads.submit(key) for _ in range(16)]}
    assert keys == {(tmp_path / "secret-key").read_text()}
    assert list(tmp_path.iterdir()) == [tmp_path / "secret-key"]


def test_a_key_may_stand_in_a_file_of_its_own_SEC46(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{KEY}\n")
    assert Settings(secret_key_file=path).resolved().key() == KEY.encode()


def test_a_key_of_the_environment_comes_before_any_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PASSERELLE_SECRET_KEY", KEY)
    assert Settings(data_dir=tmp_path).resolved().key() == KEY.encode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "short", "k" * 31])
def test_a_short_key_stops_the_start_without_being_repeated_SEC46(key: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(key)
    with pytest.raises(ValueError, match="at least 32") as caught:
        Settings(secret_key_file=path).resolved()
    assert not key or key not in str(caught.value)


def test_a_key_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(KEY)
    assert read_or_make_key(path) == KEY
    assert path.read_text() == KEY
