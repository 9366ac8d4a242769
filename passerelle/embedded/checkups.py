"""Real calls to the servers that Passerelle needs. Each returns what is well, or raises Ailment."""

import asyncio
import smtplib
from urllib.parse import urlsplit

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from passerelle.db.migrate import is_current
from passerelle.embedded.environment import Installation
from passerelle.embedded.ports import get, reachable
from passerelle.embedded.temporal import SEARCH_ATTRIBUTES

OLDEST_POSTGRESQL = 140000
TIMEOUT_SECONDS = 5
EHLO_TAKEN = 250
SMTP_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Ailment(Exception):  # noqa: N818 - a finding, not an error of ours
    """Something is not as it must be."""

    def __init__(self, state: str, mending: str, *, is_silence: bool = False) -> None:
        """`is_silence`: nobody answers there at all."""
        super().__init__(state)
        self.state = state
        self.mending = mending
        self.is_silence = is_silence


def postgresql(installation: Installation) -> str:
    """Reachable, new enough, and with this version's tables."""
    try:
        version = _postgresql_version(installation.database_url)
    except psycopg.OperationalError:
        raise Ailment("does not answer", "Check PASSERELLE_DATABASE_URL.", is_silence=True) from None
    if version < OLDEST_POSTGRESQL:
        raise Ailment(f"version {version // 10000}", "PostgreSQL 14 or later is needed.")
    if not _has_current_tables(installation.database_url):
        raise Ailment("its tables are not this version’s", "Run: python -m passerelle migrate")
    return f"version {version // 10000}, tables up to date"


def _postgresql_version(database_url: str) -> int:
    if not database_url:
        raise Ailment("was never started", "Start it with make run.", is_silence=True)
    plain = database_url.replace("+psycopg", "", 1)
    with psycopg.connect(plain, connect_timeout=TIMEOUT_SECONDS) as connection:
        return connection.info.server_version


def _has_current_tables(database_url: str) -> bool:
    try:
        return is_current(database_url)
    except SQLAlchemyError:
        return False


async def temporal(installation: Installation) -> str:
    """Reachable by a real call, with our search attributes registered."""
    variables = installation.variables()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            config = ClientConfig.load_client_connect_config(override_env_vars=variables)
            client = await Client.connect(**config)
            request = ListSearchAttributesRequest(namespace=client.namespace)
            known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    except (RPCError, RuntimeError, TimeoutError, ValueError):
        raise Ailment("does not answer", "Check TEMPORAL_ADDRESS.", is_silence=True) from None
    if missing := SEARCH_ATTRIBUTES.keys() - known.keys():
        kind, name = SEARCH_ATTRIBUTES[min(missing)], min(missing)
        create = f"temporal operator search-attribute create --name {name} --type {kind}"
        raise Ailment(f"does not know the search attribute {name}", f"Run: {create}")
    return f"answers, search attribute {', '.join(SEARCH_ATTRIBUTES)} registered"


def smtp(installation: Installation) -> str:
    """Answers EHLO. Nothing is sent, and no password is tried."""
    url = urlsplit(installation.smtp_url)
    port = url.port or SMTP_PORTS.get(url.scheme, 25)
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with connect(url.hostname or "localhost", port, timeout=TIMEOUT_SECONDS) as connection:
            code, _ = connection.ehlo()
    except (OSError, smtplib.SMTPException):
        raise Ailment("does not answer", "Check PASSERELLE_SMTP_URL.", is_silence=True) from None
    if code != EHLO_TAKEN:
        raise Ailment(f"refuses EHLO with {code}", "Ask whoever runs the mail server.")
    return f"{url.hostname}:{port} answers"


def application(installation: Installation) -> str:
    """/readyz says yes."""
    settings = installation.settings
    try:
        get(reachable(settings.http_host), settings.http_port, "/readyz", timeout=TIMEOUT_SECONDS)
    except OSError as error:
        silent = not str(error).startswith("status")
        state = "does not answer" if silent else f"/readyz answers with {error}"
        raise Ailment(state, "See the log of the application (api.log).", is_silence=silent) from None
    return f"{settings.url} is ready"
