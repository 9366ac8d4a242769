"""Starts services in the order of their needs, keeps them alive, and stops them in the reverse order."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from passerelle.embedded.process import GuardedProcess, StartError
from passerelle.embedded.restarts import Restarts
from passerelle.embedded.services import Layer, Service

READY_SECONDS = 60
ASK_SECONDS = 0.03
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Life:
    """One service while it is supervised."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: GuardedProcess | None = None
        self.ready = asyncio.Event()
        self.over = asyncio.Event()


class Supervisor:
    """Runs services until it is told to stop or one of them cannot be kept alive."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        logs: Path,
        say: Callable[[str], None],
        held_lock: int | None = None,
    ) -> None:
        """Each service's output goes to `logs`/<name>.log. `held_lock` is given to every guard (process.py)."""
        self._lives = {service.name: Life(service) for service in services}
        self._logs = logs
        self._say = say
        self._held_lock = held_lock
        self._stopping = asyncio.Event()
        self._failure: StartError | None = None

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Calls `when_ready` once everything is. Returns after an orderly stop.

        Raises StartError when a service failed, after everything else was stopped as well.
        """
        loop = asyncio.get_running_loop()
        # Waiting for a child blocks a thread, and the default pool is smaller than the number of children.
        loop.set_default_executor(ThreadPoolExecutor(3 * len(self._lives) + 2))
        for number in STOP_SIGNALS:
            # nohup makes us ignore SIGHUP; that is respected.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.stop)
        try:
            async with asyncio.TaskGroup() as tasks:
                for life in self._lives.values():
                    tasks.create_task(self._live(life))
                tasks.create_task(self._announce(when_ready))
                tasks.create_task(self._stop_layer_by_layer())
        finally:
            # After an orderly stop there is nothing left to kill.
            self._kill()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Begins the orderly stop; called again, kills what is left."""
        if self._stopping.is_set():
            self._say("Stopping by force.")
            self._kill()
        else:
            self._say("Stopping … (Ctrl-C again forces it)")
            self._stopping.set()

    async def _live(self, life: Life) -> None:
        needs = [self._lives[name] for name in life.service.needs if name in self._lives]
        try:
            if await self._unless_stopped(_all_ready(needs)):
                await (self._do(life) if life.service.is_step else self._keep_alive(life))
        except StartError as error:
            self._fail(error)
        finally:
            life.over.set()

    async def _do(self, life: Life) -> None:
        """Runs a step to its end, unless it is done already."""
        began = time.monotonic()
        if not await asyncio.to_thread(life.service.is_done):
            process = await self._started(life)
            code = await asyncio.to_thread(process.wait)
            if self._stopping.is_set():
                return
            if code:
                raise self._given_up(life, code)
        self._is_ready(life, began)

    async def _keep_alive(self, life: Life) -> None:
        restarts = Restarts()
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(life)
            if self._stopping.is_set():
                return
            pause = restarts.pause_after(time.monotonic() - began)
            if pause is None:
                raise self._given_up(life, code)
            self._say(f"{life.service.title} ended by itself (exit code {code}). Starting it again …")
            await self._unless_stopped(asyncio.sleep(pause))

    async def _run_once(self, life: Life) -> int:
        """From the start of the service's process to its end; the exit code."""
        began = time.monotonic()
        process = await self._started(life)
        asking = asyncio.create_task(self._ask_until_ready(life, process, began))
        ended = asyncio.create_task(asyncio.to_thread(process.wait))
        await asyncio.wait({asking, ended}, return_when=asyncio.FIRST_EXCEPTION)
        await asking
        return await ended

    async def _started(self, life: Life) -> GuardedProcess:
        life.process = process = await asyncio.to_thread(self._spawned, life.service)
        if self._stopping.is_set():
            # The stop came while it was being started and could not reach it.
            process.stop()
        return process

    def _spawned(self, service: Service) -> GuardedProcess:
        try:
            return GuardedProcess(service.command(), self._log(service), self._held_lock)
        except OSError as error:
            raise StartError(f"{service.title} could not be started: {error}") from error

    async def _ask_until_ready(self, life: Life, process: GuardedProcess, began: float) -> None:
        try:
            while not self._stopping.is_set() and process.exit_code is None:
                if await asyncio.to_thread(life.service.is_ready):
                    return self._is_ready(life, began)
                if time.monotonic() - began > READY_SECONDS:
                    return self._fail(self._not_ready(life.service))
                await asyncio.sleep(ASK_SECONDS)
        except StartError as error:
            self._fail(error)

    def _is_ready(self, life: Life, began: float) -> None:
        taken = time.monotonic() - began
        self._say(f"  ✓ {life.service.title} {life.service.ready_words} ({taken:.1f} s)")
        life.ready.set()

    async def _announce(self, when_ready: Callable[[], None]) -> None:
        if await self._unless_stopped(_all_ready(self._lives.values())):
            when_ready()

    async def _stop_layer_by_layer(self) -> None:
        await self._stopping.wait()
        for layer in sorted(Layer, reverse=True):
            lives = [life for life in self._lives.values() if life.service.layer is layer]
            for life in lives:
                if life.process is not None:
                    life.process.stop()
            for life in lives:
                await life.over.wait()

    async def _unless_stopped(self, waiting: Coroutine[None, None, None]) -> bool:
        """Waits for it; False when the stop came first."""
        wanted = asyncio.create_task(waiting)
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({wanted, stop}, return_when=asyncio.FIRST_COMPLETED)
        wanted.cancel()
        stop.cancel()
        await asyncio.gather(wanted, stop, return_exceptions=True)
        return not self._stopping.is_set()

    def _fail(self, error: StartError) -> None:
        self._failure = self._failure or error
        self._stopping.set()

    def _kill(self) -> None:
        for life in self._lives.values():
            if life.process is not None:
                life.process.kill()

    def _not_ready(self, service: Service) -> StartError:
        return StartError(f"{service.title} was not ready after {READY_SECONDS} s; see {self._log(service)}.")

    def _given_up(self, life: Life, code: int) -> StartError:
        process, service = life.process, life.service
        written = process.output() if process is not None else ""
        how = "failed" if service.is_step else "ended at once again and again"
        return StartError(f"{service.title} {how} (exit code {code}). The end of {self._log(service)}:\n\n{written}")

    def _log(self, service: Service) -> Path:
        return self._logs / f"{service.name}.log"


async def _all_ready(lives: Iterable[Life]) -> None:
    for life in lives:
        await life.ready.wait()
