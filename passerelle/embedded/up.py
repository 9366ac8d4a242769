"""`python -m passerelle up`: everything a laptop needs, from one command, in one terminal."""

import asyncio
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from passerelle.embedded.environment import Installation
from passerelle.embedded.lock import DataDirectoryLock
from passerelle.embedded.ports import obstacle
from passerelle.embedded.process import StartError
from passerelle.embedded.screen import screen
from passerelle.embedded.services import Service, selected, services
from passerelle.embedded.supervisor import Supervisor


def up(only: Sequence[str] = ()) -> int:
    """Runs until Ctrl-C; the exit code. `only` names the services to start, all when empty."""
    # Everything in the data folder is its owner's only: mail, logs and the database hold people's names.
    os.umask(0o077)
    try:
        installation = Installation.of_this_environment()
        lock = DataDirectoryLock(installation.settings.data_dir)
        lock.take(say)
        _run(installation, only, lock.children)
    except (StartError, ValueError, OSError) as error:
        say(f"\n{error}", to_error=True)
        return 1
    say("Everything is stopped.")
    return 0


def say(sentence: str, *, to_error: bool = False) -> None:
    """Prints at once. A terminal that was closed must not keep us from stopping the children."""
    with suppress(OSError):
        print(sentence, file=sys.stderr if to_error else sys.stdout, flush=True)


def check_ports(chosen: Iterable[Service]) -> None:
    """Raises StartError with a sentence for each port that a service could not listen on."""
    sentences: list[str] = []
    seen: dict[int, str] = {}
    for port in (port for service in chosen for port in service.ports):
        if port.number in seen:
            sentences.append(f"{seen[port.number]} and {port.setting} are both {port.number}. Change one of them.")
        elif reason := obstacle(port.host, port.number):
            sentences.append(f"Port {port.number} {reason}. Set {port.setting} to another one.")
        seen[port.number] = port.setting
    if sentences:
        raise StartError("\n".join(sentences))


def _run(installation: Installation, only: Sequence[str], held_lock: int) -> None:
    # Makes the secret key now: several children starting at once must find the same one.
    installation.settings.resolved()
    chosen = selected(services(installation), only)
    check_ports(chosen)
    say(f"Starting Passerelle with its data in {installation.settings.data_dir} …")
    supervisor = Supervisor(chosen, logs=installation.logs, say=say, held_lock=held_lock)
    names = {service.name for service in chosen}
    asyncio.run(supervisor.run(when_ready=lambda: say(screen(installation, names))))
