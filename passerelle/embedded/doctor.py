"""`python -m passerelle doctor`: what is reachable, what is not, and one sentence on how to mend each."""

import asyncio
import os
import platform
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from passerelle.embedded import checkups
from passerelle.embedded.checkups import Ailment
from passerelle.embedded.environment import Installation
from passerelle.embedded.lock import is_running
from passerelle.embedded.ports import obstacle
from passerelle.embedded.process import StartError
from passerelle.embedded.services import services
from passerelle.settings import MINIMUM_KEY_LENGTH

OLDEST_PYTHON = (3, 11)
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Finding:
    """One line of the table. `mending` is a sentence, empty when all is well."""

    subject: str
    state: str
    mending: str = ""


def examine() -> int:
    """Prints the table; 1 when something needed is missing or not reachable, else 0."""
    try:
        installation = Installation.of_this_environment()
    except StartError as error:
        print(f"✗ {error}")
        return 1
    findings = [*_here(installation), *_servers(installation)]
    print(table(findings))
    return 1 if any(finding.mending for finding in findings) else 0


def table(findings: list[Finding]) -> str:
    """A line each: ✓ or ✗, the subject, its state, and how to mend it."""
    subjects = max(len(finding.subject) for finding in findings)
    return "\n".join(
        f"✗ {finding.subject.ljust(subjects)}  {finding.state}. {finding.mending}"
        if finding.mending
        else f"✓ {finding.subject.ljust(subjects)}  {finding.state}"
        for finding in findings
    )


def _here(installation: Installation) -> Iterator[Finding]:
    """What this machine and this account must bring."""
    yield _python()
    yield _data_directory(installation)
    yield _secret_key(installation)
    if not is_running(installation.settings.data_dir):
        yield from _ports(installation)


def _python() -> Finding:
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("Python", platform.python_version(), "Python 3.11 or later is needed; set PYTHON=… for make.")
    return Finding("Python", platform.python_version())


def _data_directory(installation: Installation) -> Finding:
    directory = installation.settings.data_dir
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return Finding(
            "Data folder",
            str(directory),
            f"{nearest} must be a folder that you may write to, or set PASSERELLE_DATA_DIR.",
        )
    return Finding("Data folder", str(directory))


def _secret_key(installation: Installation) -> Finding:
    path, given = installation.settings.secret_key_file, installation.settings.secret_key
    if given is not None:
        return _key_of_length(len(given.get_secret_value()), "from PASSERELLE_SECRET_KEY")
    if path is None or not path.exists():
        return Finding("Secret key", "is made at the first start")
    if path.stat().st_mode & FOR_OTHERS:
        return Finding("Secret key", "can be read by others", f"Run: chmod 600 {path}")
    return _key_of_length(len(path.read_text().strip()), str(path))


def _key_of_length(length: int, state: str) -> Finding:
    if length < MINIMUM_KEY_LENGTH:
        return Finding("Secret key", state, f"It must have {MINIMUM_KEY_LENGTH} characters or more.")
    return Finding("Secret key", state)


def _ports(installation: Installation) -> Iterator[Finding]:
    for port in (port for service in services(installation) for port in service.ports):
        reason = obstacle(port.host, port.number)
        mending = f"Set {port.setting} to another one." if reason else ""
        yield Finding(f"Port {port.number}", reason or "is free", mending)


def _servers(installation: Installation) -> Iterator[Finding]:
    """What must answer, asked for real."""
    asked = {
        "PostgreSQL": (checkups.postgresql, installation.runs_postgres),
        "Temporal": (lambda found: asyncio.run(checkups.temporal(found)), installation.runs_temporal),
        "Mail": (checkups.smtp, installation.runs_mail),
        "Application": (checkups.application, True),
    }
    running = is_running(installation.settings.data_dir)
    for subject, (check, is_ours) in asked.items():
        try:
            yield Finding(subject, check(installation))
        except Ailment as ailment:
            mending = ailment.mending if running or not (is_ours and ailment.is_silence) else "Start it with make run."
            yield Finding(subject, ailment.state, mending)
