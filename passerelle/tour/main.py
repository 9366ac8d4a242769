"""`python -m passerelle tour`: walks the whole path against a running system, and says what it proved."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import typer

from passerelle.settings import Settings
from passerelle.tour.api import Api
from passerelle.tour.browser import Browser
from passerelle.tour.http import ANSWER_SECONDS, client, server
from passerelle.tour.mailbox import MailCatcher
from passerelle.tour.proof import NotSo, must
from passerelle.tour.story import STORY, Step
from passerelle.tour.walk import Cast, Quoted, Walk


def main(settings: Settings, *, api_key: str = "", mail_url: str = "") -> int:
    """0 when everything is as the seed tells it, else 1 and one sentence.

    Empty, `api_key` is the demo's, and `mail_url` the page of this installation's mail catcher.
    """
    began = time.monotonic()
    try:
        with _walk(settings, api_key, mail_url or f"http://localhost:{settings.mail_port}") as walk:
            proved = sum(_tell(number, step, walk) for number, step in enumerate(STORY, 1))
    except NotSo as sentence:
        return _end_badly(str(sentence))
    except httpx2.TimeoutException as error:
        return _end_badly(f"{server(error)} did not answer within {ANSWER_SECONDS} s.")
    except httpx2.TransportError as error:
        return _end_badly(f"Nothing answers at {server(error)}: the system is not running. Start it with: make run")
    typer.echo(f"\nAll of it is so: {len(STORY)} steps, {proved} proofs, {time.monotonic() - began:.1f} s.")
    return 0


@contextmanager
def _walk(settings: Settings, api_key: str, mail_url: str) -> Iterator[Walk]:
    """A tour that may begin: the system answers and there is a key. Raises NotSo otherwise."""
    with ExitStack() as stack:
        _prove_ready(Api(stack.enter_context(client(settings.url))))
        key = api_key or _demo_key(settings.data_dir / "demo.json")
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "fr"}
        api = Api(stack.enter_context(client(settings.url, headers)))
        mail = MailCatcher(stack.enter_context(client(mail_url)))
        browser = Browser(settings.url)
        stack.callback(browser.close)
        typer.echo(f"A tour of Passerelle at {settings.url}, mail at {mail_url}")
        yield Walk(api, mail, browser, settings.url, ZoneInfo(settings.time_zone), Cast.new())


def _tell(number: int, step: Step, walk: Walk) -> int:
    """Tells the step while it proves itself; how many proofs there were."""
    typer.echo(f"\n{number:2}. {step.sentence}")
    proved, since = 0, time.monotonic()
    for told in step.prove(walk):
        if isinstance(told, Quoted):
            typer.echo(f"      {told}")
            continue
        proved, elapsed, since = proved + 1, time.monotonic() - since, time.monotonic()
        typer.echo(f"    ✓ {told} ({elapsed:.2f} s)")
    return proved


def _end_badly(sentence: str) -> int:
    typer.echo(f"    ✗ {sentence}", err=True)
    return 1


def _prove_ready(api: Api) -> None:
    readiness = api.readiness()
    must(readiness.temporal == "ok", "The application runs, but Temporal does not answer it.")


def _demo_key(path: Path) -> str:
    try:
        return str(json.loads(path.read_text())["api_key"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NotSo(
            f"There is no API key in {path}. Start the system with: make run. "
            "For one that runs elsewhere, set PASSERELLE_TOUR_API_KEY."
        ) from None
