"""Which servers are ours to run, and what children and other commands are told so that they find the same ones."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from passerelle.embedded import postgres
from passerelle.embedded.ports import LOOPBACK
from passerelle.embedded.process import StartError
from passerelle.settings import Settings

NAMING_TEMPORAL = ("TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE")
"""Temporal's own variables; with any of them the server is somebody else's to run."""


class Installation:
    """The settings with absolute paths, and the addresses of every server, embedded or not."""

    def __init__(self, settings: Settings, inherited: Mapping[str, str]) -> None:
        """`inherited` is the environment that we were started with."""
        absolute = settings.data_dir.expanduser().resolve()
        key_file = (settings.secret_key_file or absolute / "secret-key").expanduser().resolve()
        self.settings = settings.model_copy(update={"data_dir": absolute, "secret_key_file": key_file})
        self._inherited = inherited

    @classmethod
    def of_this_environment(cls) -> Self:
        """The installation that our own environment describes. Raises StartError for a setting that is wrong."""
        try:
            return cls(Settings(), os.environ)
        except ValidationError as error:
            faults = [f"PASSERELLE_{str(fault['loc'][0]).upper()}: {fault['msg']}." for fault in error.errors()]
            raise StartError("\n".join(faults)) from None

    @property
    def runs_postgres(self) -> bool:
        return not self.settings.database_url

    @property
    def runs_mail(self) -> bool:
        return not self.settings.smtp_url

    @property
    def runs_temporal(self) -> bool:
        return not any(map(self._inherited.get, NAMING_TEMPORAL))

    @property
    def postgres_directory(self) -> Path:
        return self.settings.data_dir / "postgres"

    @property
    def logs(self) -> Path:
        return self.settings.data_dir / "logs"

    @property
    def database_url(self) -> str:
        """SQLAlchemy's URL; empty when the embedded database has never been made."""
        if not self.runs_postgres:
            return self.settings.database_url
        try:
            return postgres.url(self.postgres_directory, self.settings.database_port)
        except (FileNotFoundError, NotADirectoryError):
            return ""

    @property
    def smtp_url(self) -> str:
        return self.settings.smtp_url or f"smtp://{LOOPBACK}:{self.settings.mail_smtp_port}"

    @property
    def temporal_address(self) -> str:
        return self._inherited.get("TEMPORAL_ADDRESS") or f"{LOOPBACK}:{self.settings.temporal_port}"

    def variables(self) -> dict[str, str]:
        """The whole environment of a child: what we inherited, and where everything is."""
        settings = self.settings
        return {
            **self._inherited,
            **self._temporal_variables(),
            "PASSERELLE_DATABASE_URL": self.database_url,
            "PASSERELLE_SMTP_URL": self.smtp_url,
            "PASSERELLE_DATA_DIR": str(settings.data_dir),
            "PASSERELLE_SECRET_KEY_FILE": str(settings.secret_key_file),
            "PASSERELLE_BASE_URL": settings.url,
            "PYTHONUNBUFFERED": "1",
        }

    def _temporal_variables(self) -> dict[str, str]:
        if not self.runs_temporal:
            return {}
        return {
            "TEMPORAL_ADDRESS": self.temporal_address,
            "TEMPORAL_NAMESPACE": "default",
            # A profile for a server elsewhere would bring its TLS and its key along.
            "TEMPORAL_CONFIG_FILE": os.devnull,
        }
