"""Which servers are ours to run, and what children are told."""

from pathlib import Path

import pytest

from passerelle.embedded import cluster
from passerelle.embedded.environment import Installation
from passerelle.embedded.services import selected, services
from passerelle.settings import Settings


def names(settings: Settings, **variables: str) -> list[str]:
    return [service.name for service in services(Installation(settings, variables))]


def test_everything_is_started_when_nothing_is_named(tmp_path: Path) -> None:
    started = names(Settings(data_dir=tmp_path))
    assert started == ["postgres", "temporal", "mail", "migrate", "demo", "worker", "api"]


def test_a_server_that_is_named_is_not_started(tmp_path: Path) -> None:
    named = Settings(data_dir=tmp_path, database_url="postgresql://db/x", smtp_url="smtps://mail.example.com")
    assert names(named, TEMPORAL_ADDRESS="temporal:7233") == ["migrate", "demo", "worker", "api"]
    assert names(named, TEMPORAL_CONFIG_FILE="cloud.toml") == ["migrate", "demo", "worker", "api"]


def test_children_find_the_embedded_servers_wherever_they_are_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    installation = Installation(Settings(data_dir=Path("kept"), http_port=8123), {"PATH": "/bin"})
    cluster.keep_password(installation.postgres_directory)
    told = installation.variables()
    password = cluster.password(tmp_path / "kept" / "postgres")
    assert told["PASSERELLE_DATABASE_URL"] == f"postgresql+psycopg://passerelle:{password}@127.0.0.1:5455/passerelle"
    assert told["PASSERELLE_SMTP_URL"] == "smtp://127.0.0.1:1025"
    assert told["TEMPORAL_ADDRESS"] == "127.0.0.1:7233"
    assert told["PASSERELLE_DATA_DIR"] == str(tmp_path / "kept")
    assert told["PASSERELLE_SECRET_KEY_FILE"] == str(tmp_path / "kept" / "secret-key")
    assert told["PASSERELLE_BASE_URL"] == "http://localhost:8123"
    assert told["PATH"] == "/bin"


def test_a_profile_for_a_server_elsewhere_does_not_reach_the_embedded_one(tmp_path: Path) -> None:
    told = Installation(Settings(data_dir=tmp_path), {"TEMPORAL_NAMESPACE": "production"}).variables()
    assert told["TEMPORAL_NAMESPACE"] == "default"
    assert told["TEMPORAL_CONFIG_FILE"] == "/dev/null"


def test_servers_of_one_s_own_are_handed_on_as_they_are(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://db/x", smtp_url="smtps://mail.example.com")
    told = Installation(settings, {"TEMPORAL_ADDRESS": "t:1", "TEMPORAL_NAMESPACE": "production"}).variables()
    assert told["PASSERELLE_DATABASE_URL"] == "postgresql://db/x"
    assert told["PASSERELLE_SMTP_URL"] == "smtps://mail.example.com"
    assert (told["TEMPORAL_ADDRESS"], told["TEMPORAL_NAMESPACE"]) == ("t:1", "production")
    assert "TEMPORAL_CONFIG_FILE" not in told


def test_only_what_there_is_can_be_chosen(tmp_path: Path) -> None:
    everything = services(Installation(Settings(data_dir=tmp_path), {}))
    assert [service.name for service in selected(everything, ["mail", "postgres"])] == ["postgres", "mail"]
    with pytest.raises(ValueError, match="There is no redis to start; there is postgres, "):
        selected(everything, ["redis"])
