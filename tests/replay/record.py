"""Record one history per end state: `python -m tests.replay.record 0.1.0` before a release.

The files under histories/ are replayed by every later version (F36): they stand for the onboardings that a
customer has in flight. Recorded on the real server, freed of what names the recording machine.
"""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from temporalio.client import WorkflowHistory

from passerelle.db import migrate
from passerelle.db.database import Database
from passerelle.domain.stages import Cause, Stage
from passerelle.embedded import postgres
from passerelle.settings import Settings
from tests.conftest import KEY, temporal_environment
from tests.mail_server import Behaviour, MailServer
from tests.workflows.world import Walk, World, eventually

HISTORIES = Path(__file__).parent / "histories"
# What would name the recording machine: who the worker was, and where its files lie.
MACHINE = re.compile(r'"(identity|stackTrace)": "(?:[^"\\]|\\.)*"')

Story = Callable[[Walk], Awaitable[None]]


async def completed(walk: Walk) -> None:
    """The plain way."""
    await walk.register_training()
    await walk.request_access()
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.complete_registration()


async def completed_after_trouble(walk: Walk) -> None:
    """Request first, a refused invitation, a correction, a retry, a reminder, a resend, an extension."""
    await walk.request_access("wrong@example.com")
    walk.world.mail.otherwise = Behaviour.REFUSE_RECIPIENT
    await walk.register_training()
    await walk.reaches(Stage.NEEDS_ATTENTION)
    await walk.correct_recipient("still-wrong@example.com")
    await eventually(walk.timeline, lambda events: events.count("attention_needed") == 2)
    walk.world.mail.otherwise = Behaviour.ACCEPT
    await walk.order("retry")
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.skip(3.5)
    await eventually(walk.facts, lambda facts: facts.reminded == 1)
    await walk.order("resend")
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.order("extend")
    await walk.complete_registration()


async def withdrawn(walk: Walk) -> None:
    """Ended by a command while the invitation was out."""
    await walk.register_training()
    await walk.cancel_training()
    await walk.register_training()
    await walk.request_access()
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.order("withdraw")


async def lapsed(walk: Walk) -> None:
    """Nobody signed in, nobody renewed it."""
    await walk.register_training()
    await walk.request_access()
    await walk.reaches(Stage.AWAITING_REGISTRATION)
    await walk.skip(30.5)
    await eventually(walk.facts, lambda facts: facts.cause is Cause.EXPIRED)
    await walk.skip(61)


STORIES: dict[str, Story] = {
    "completed": completed,
    "completed-after-trouble": completed_after_trouble,
    "withdrawn": withdrawn,
    "lapsed": lapsed,
}


async def record(release: str) -> None:
    """One file per story and release under histories/."""
    with TemporaryDirectory() as folder:
        server = postgres.start(Path(folder) / "postgres", durable=False)
        migrate.upgrade(server.url)
        database = Database(server.url)
        settings = Settings(
            database_url=server.url, secret_key=SecretStr(KEY.decode()), base_url="http://localhost:8000"
        )
        async with temporal_environment() as environment, MailServer() as mail:
            world = World(settings, database, environment, mail)
            async with world.working():
                for name, story in STORIES.items():
                    walk = await world.approved_program()
                    await world.relay.drain()
                    await story(walk)
                    await walk.handle.result()
                    _keep(HISTORIES / f"{release}-{name}.json", await walk.handle.fetch_history())
        await database.close()
        server.stop()


def _keep(path: Path, history: WorkflowHistory) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(MACHINE.sub(r'"\1": "worker"', history.to_json()) + "\n")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))
