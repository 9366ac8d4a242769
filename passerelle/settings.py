"""Every setting, read once from the environment at each entry and then passed on, never imported."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_KEY_LENGTH = 32


class Settings(BaseSettings):
    """PASSERELLE_* variables; Temporal's own TEMPORAL_* are read by Temporal's envconfig, not here."""

    model_config = SettingsConfigDict(env_prefix="PASSERELLE_", frozen=True, extra="ignore")

    database_url: str = ""
    """A PostgreSQL ≥ 14 URL; empty means the embedded server under `data_dir`."""
    smtp_url: str = ""
    """smtp://user:password@host:port, smtp+starttls:// or smtps://; empty means the embedded mail catcher."""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    mail_port: int = 8025
    """The embedded mail catcher's page; its SMTP port is the next setting."""
    mail_smtp_port: int = 1025
    temporal_port: int = 7233
    """The embedded Temporal server, used when TEMPORAL_ADDRESS is not set; its Web UI is the next setting."""
    temporal_ui_port: int = 8233
    temporal_ui_url: str = ""
    """Where people open the Temporal UI; empty means the embedded one."""
    database_port: int = 5455
    data_dir: Path = Path(".passerelle")
    base_url: str = ""
    """What people type and what links in e-mails start with; empty means http://localhost:http_port."""
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    """Without either, `data_dir`/secret-key is made on first start, readable by its owner only."""
    ready_file: Path | None = None
    """The worker touches it once it takes work, for whoever supervises it."""

    brand: str = "MentorCity"
    """S30: whose e-mail people are told to expect, and the platform's name."""
    operator_name: str = "Mentor Canada"
    support_site: str = "support.mentoringcanada.ca"
    postal_address: str = "1 rue de l’Exemple, Montréal (Québec)"
    mail_from: str = "invitation@example.com"
    mail_reply_to: str = "support@example.com"
    time_zone: str = "America/Toronto"
    terms_version: str = "2026-01"
    """S23: which version of the terms of use and privacy policy a requester accepts."""

    request_scope: Literal["organization", "program"] = "organization"
    """D1: which live requests block each other."""
    reminder_days: tuple[float, ...] = (3, 7, 14)
    requester_reminder_day: float = 7
    expiry_days: float = 30
    lapse_days: float = 60
    mail_retry_minutes: float = 30
    mail_rate: float = 0
    """Mails a second over all workers (F46); 0 means as fast as the mail server takes them."""
    time_scale: float = Field(default=1, gt=0)
    """For demonstrations: 1440 makes a day pass in a minute. Only the day-long waits shrink."""

    lockout_tries: int = Field(default=10, ge=1)
    """S36, SEC11: wrong passwords in a row before an account of the platform locks."""
    lockout_minutes: float = Field(default=60, gt=0)
    """How long a lock lasts when nobody lifts it by the mailed link."""
    password_minimum_length: int = Field(default=6, ge=6)
    """S39: the platform's own rule asks for six characters; an installation may ask for more."""

    platform: Literal["embedded"] = "embedded"
    log_level: str = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("base_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def url(self) -> str:
        """The public base URL, without a trailing slash."""
        return self.base_url or f"http://localhost:{self.http_port}"

    @property
    def temporal_ui(self) -> str:
        return (self.temporal_ui_url or f"http://localhost:{self.temporal_ui_port}").rstrip("/")

    @property
    def secure_cookies(self) -> bool:
        """Secure cookies need https; Safari refuses them even on localhost."""
        return self.url.startswith("https://")

    def days(self, number: float) -> timedelta:
        """A day-long wait as it really passes, after `time_scale`."""
        return timedelta(days=number) / self.time_scale

    def resolved(self) -> Self:
        """The same settings with the secret key read or made, so that only start-up touches the disk."""
        if self.secret_key is not None:
            key = self.secret_key.get_secret_value()
        else:
            key = read_or_make_key(self.secret_key_file or self.data_dir / "secret-key")
        if len(key) < MINIMUM_KEY_LENGTH:
            raise ValueError(f"PASSERELLE_SECRET_KEY needs at least {MINIMUM_KEY_LENGTH} characters")
        return self.model_copy(update={"secret_key": SecretStr(key)})

    def key(self) -> bytes:
        """The secret key's bytes. Raises RuntimeError before `resolved()`."""
        if self.secret_key is None:
            raise RuntimeError("the secret key was not resolved at start-up")
        return self.secret_key.get_secret_value().encode()


def read_or_make_key(path: Path) -> str:
    """The key in the file at `path`; a missing file is made with 256 random bits and mode 0600.

    Processes that start together agree on the first one's key: the file appears with its content or not at all.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes it readable by its owner only; a link, unlike a renaming, replaces nothing.
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as made:
            made.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
        return path.read_text().strip()
