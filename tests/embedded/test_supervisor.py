"""Services start in the order of their needs, stay alive, and stop in the reverse order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from passerelle.embedded.process import Command, StartError
from passerelle.embedded.services import Layer, Service
from passerelle.embedded.supervisor import Supervisor

WAITS = "trap 'echo {name} stops >> events; exit 0' TERM; echo {name} starts >> events; while :; do sleep 0.02; done"


class Stage:
    """Services that are shell scripts, and what was said and done."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[str] = []
        self.supervisor: Supervisor | None = None

    def service(
        self,
        name: str,
        layer: Layer = Layer.SERVERS,
        script: str = WAITS,
        *,
        needs: Sequence[str] = (),
        is_ready: Callable[[], bool] | None = None,
    ) -> Service:
        command = Command(["sh", "-c", script.format(name=name)], directory=self.directory)
        return Service(
            name,
            f"The {name}",
            layer,
            command=lambda: command,
            is_ready=is_ready or (lambda: f"{name} starts" in self.events()),
            needs=needs,
        )

    def events(self) -> list[str]:
        path = self.directory / "events"
        return path.read_text().splitlines() if path.exists() else []

    async def play(self, *services: Service, when_ready: Callable[[], None] | None = None) -> None:
        """Runs them; stops once they are ready unless told otherwise."""
        supervisor = Supervisor(services, logs=self.directory / "logs", say=self.said.append)
        self.supervisor = supervisor
        async with asyncio.timeout(30):
            await supervisor.run(when_ready or supervisor.stop)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_a_service_starts_after_what_it_needs_and_stops_before_it(stage: Stage) -> None:
    await stage.play(
        stage.service("api", Layer.APPLICATION, needs=["demo", "temporal"]),
        stage.service("demo", Layer.STEPS, "echo demo done >> events", needs=["postgres"]),
        stage.service("temporal", Layer.SERVERS),
        stage.service("postgres", Layer.DATABASE),
    )
    events = stage.events()
    assert events.index("postgres starts") < events.index("demo done") < events.index("api starts")
    assert [event for event in events if event.endswith("stops")] == ["api stops", "temporal stops", "postgres stops"]


async def test_a_need_that_is_somebody_else_s_server_is_not_waited_for(stage: Stage) -> None:
    await stage.play(stage.service("worker", Layer.APPLICATION, needs=["temporal"]))
    assert stage.events() == ["worker starts", "worker stops"]


async def test_a_service_that_ends_by_itself_is_started_again_with_a_sentence(stage: Stage) -> None:
    script = f"if [ ! -e again ]; then touch again; exit 9; fi; {WAITS}"
    await stage.play(stage.service("worker", Layer.APPLICATION, script))
    assert "The worker ended by itself (exit code 9). Starting it again …" in stage.said
    assert stage.events() == ["worker starts", "worker stops"]


async def test_a_service_that_dies_at_once_three_times_ends_the_start_with_the_end_of_its_log(stage: Stage) -> None:
    with pytest.raises(StartError) as failure:
        await stage.play(
            stage.service("postgres", Layer.DATABASE),
            stage.service("worker", Layer.APPLICATION, "echo tried >> tries; echo no such table; exit 4"),
        )
    assert (stage.directory / "tries").read_text() == "tried\n" * 3
    assert "exit code 4" in str(failure.value)
    assert str(failure.value).endswith("no such table")
    assert stage.events()[-1] == "postgres stops"


async def test_a_failed_step_is_not_tried_again_and_stops_everything(stage: Stage) -> None:
    with pytest.raises(StartError, match="The migrate failed"):
        await stage.play(
            stage.service("postgres", Layer.DATABASE),
            stage.service("migrate", Layer.STEPS, "echo tried >> tries; exit 1", needs=["postgres"]),
            stage.service("api", Layer.APPLICATION, needs=["migrate"]),
        )
    assert (stage.directory / "tries").read_text() == "tried\n"
    assert stage.events() == ["postgres starts", "postgres stops"]


async def test_a_step_that_is_done_already_is_not_run(stage: Stage) -> None:
    done = replace(stage.service("migrate", Layer.STEPS, "echo tried >> tries"), is_done=lambda: True)
    await stage.play(done, stage.service("api", Layer.APPLICATION, needs=["migrate"]))
    assert not (stage.directory / "tries").exists()
    assert stage.events() == ["api starts", "api stops"]


async def test_a_service_that_is_never_ready_ends_the_start(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passerelle.embedded.supervisor.READY_SECONDS", 0.3)
    with pytest.raises(StartError, match="was not ready after"):
        await stage.play(stage.service("temporal", is_ready=lambda: False))


async def test_a_service_whose_folder_is_gone_ends_the_start_with_a_sentence(stage: Stage) -> None:
    unstartable = Service(
        "worker", "The worker", Layer.APPLICATION, command=lambda: Command(["true"], directory=Path("/no/such/folder"))
    )
    with pytest.raises(StartError, match=r"The worker could not be started: .*/no/such/folder"):
        await stage.play(unstartable)


async def test_a_second_stop_kills_what_does_not_want_to_end(stage: Stage) -> None:
    def stop_twice() -> None:
        assert stage.supervisor is not None
        stage.supervisor.stop()
        stage.supervisor.stop()

    stubborn = "trap '' TERM; echo {name} starts >> events; while :; do sleep 0.02; done"
    await stage.play(stage.service("worker", Layer.APPLICATION, stubborn), when_ready=stop_twice)
    assert "Stopping by force." in stage.said


async def test_a_fault_of_our_own_leaves_no_process_behind(stage: Stage) -> None:
    def fault() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await stage.play(stage.service("temporal", is_ready=fault))
