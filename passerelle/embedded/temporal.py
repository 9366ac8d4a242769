"""The Temporal development server: one program, its history in one SQLite file, its Web UI beside it."""

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

from passerelle.embedded.ports import LOOPBACK, get
from passerelle.embedded.process import Command, StartError

SEARCH_ATTRIBUTES = {"OnboardingStage": "Keyword"}
# With these a commit survives a power cut; the server's own choice is faster and forgetful.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")


def temporal_executable() -> Path:
    """The `temporal` program: the one on PATH, else the wheel's. Raises StartError when there is neither."""
    found = shutil.which("temporal") or shutil.which("temporal", path=sysconfig.get_path("scripts"))
    if found is None:
        raise StartError(
            "There is no Temporal server here. Install requirements/run.txt, "
            "or set TEMPORAL_ADDRESS to a server of your own."
        )
    return Path(found)


def command(database: Path, *, port: int, ui_port: int, http_port: int) -> Command:
    """How to run the server on 127.0.0.1, its history in the SQLite file `database`."""
    attributes = [f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()]
    return Command(
        [
            *(str(temporal_executable()), "server", "start-dev"),
            *("--ip", LOOPBACK, "--port", str(port), "--ui-ip", LOOPBACK, "--ui-port", str(ui_port)),
            *("--http-port", str(http_port)),
            *("--db-filename", str(database), "--log-level", "warn", "--ui-disable-news-fetch"),
            *(part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)),
            *(part for attribute in attributes for part in ("--search-attribute", attribute)),
        ],
        directory=database.parent,
    )


def is_ready(*, port: int, http_port: int) -> bool:
    """Whether the server answers a real call; then our search attributes are registered too.

    Asked over its HTTP port, which answers within 0.1 s of the start; its Web UI takes a second more.
    """
    try:
        known = registered_attributes(http_port)
    except (OSError, ValueError):
        return False
    for name in SEARCH_ATTRIBUTES.keys() - known:
        register(name, f"{LOOPBACK}:{port}")
    return True


def registered_attributes(http_port: int) -> set[str]:
    """The default namespace's own search attributes. Raises OSError, or ValueError for an odd answer."""
    answer = json.loads(get(LOOPBACK, http_port, "/api/v1/namespaces/default/search-attributes"))
    return set(answer.get("customAttributes", {}))


def register(attribute: str, address: str) -> None:
    """Registers one of SEARCH_ATTRIBUTES: start-dev does so for a new database only. Raises StartError."""
    done = subprocess.run(
        [
            *(str(temporal_executable()), "operator", "search-attribute", "create", "--address", address),
            *("--name", attribute, "--type", SEARCH_ATTRIBUTES[attribute]),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(f"Temporal did not take the search attribute {attribute}: {done.stderr.strip()}")
