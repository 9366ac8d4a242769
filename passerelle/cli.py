"""The commands of `python -m passerelle`."""

# Imports of our own stand inside the commands here, and only here: `--help` and the mail catcher should not wait for
# the database, Temporal and the web, which take a second together.

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

    from passerelle.auth.policy import Scope
    from passerelle.settings import Settings

app = typer.Typer(
    help="Passerelle: from an approved mentoring program to a working account.",
    no_args_is_help=True,
    # Logs want the plain traceback.
    pretty_exceptions_enable=False,
)
apikey = typer.Typer(help="Keys for the JSON API.", no_args_is_help=True)
app.add_typer(apikey, name="apikey")


@app.command()
def up(only: Annotated[str, typer.Option(help="Start only these services, separated by commas.")] = "") -> None:
    """Start everything here; Ctrl-C stops it."""
    from passerelle.embedded.up import up as run_everything

    raise typer.Exit(run_everything([name.strip() for name in only.split(",") if name.strip()]))


@app.command()
def doctor() -> None:
    """Say what is reachable, what is not, and how to mend it."""
    from passerelle.embedded.doctor import examine

    raise typer.Exit(examine())


@app.command()
def mailcatcher() -> None:
    """Catch all mail, keep it, and show it on a page."""
    from passerelle.embedded.mailcatcher.server import serve as catch

    catch(_settings())


@app.command()
def serve() -> None:
    """Run the API and the pages."""
    import uvicorn

    settings = _settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.http_host,
        port=settings.http_port,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=5,
    )


@app.command()
def worker() -> None:
    """Run the worker: workflows, activities, the outbox relay."""
    import runpy

    from passerelle.embedded.services import ROOT

    _settings()
    runpy.run_path(str(ROOT / "worker.py"), run_name="__main__")


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from passerelle.db.migrate import upgrade

    upgrade(_settings().database_url)


@app.command()
def demo() -> None:
    """Add the demo data, if it is not there."""
    from passerelle.embedded.demo import main as add_demo

    add_demo(_settings())


@app.command()
def tour(
    api_key: Annotated[
        str, typer.Option(envvar="PASSERELLE_TOUR_API_KEY", help="With every scope; if not given, the demo’s.")
    ] = "",
    mail_url: Annotated[str, typer.Option(help="Its mail catcher; if not given, the one that runs here.")] = "",
) -> None:
    """Walk the whole path against the running system (PASSERELLE_BASE_URL) and prove each step."""
    from passerelle.tour.main import main as walk

    raise typer.Exit(walk(_settings(), api_key=api_key, mail_url=mail_url))


@apikey.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Whose key it is.")],
    scope: Annotated[list[str], typer.Option(help="What it may do: read, request or operate; repeat for several.")],
) -> None:
    """Make a key and print it; it cannot be shown again."""
    import asyncio

    from passerelle.auth.policy import Scope

    try:
        scopes = [Scope(name) for name in scope]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--scope") from None
    typer.echo(asyncio.run(_new_key(_settings(), name, scopes)))


async def _new_key(settings: "Settings", name: str, scopes: "Collection[Scope]") -> str:
    from passerelle.db.database import Database
    from passerelle.services.api_keys import create

    database = Database(settings.database_url)
    async with database.transaction() as tx:
        _, text = await create(tx, name, scopes)
    await database.close()
    return text


def _settings() -> "Settings":
    """This environment's settings; servers that it does not name are the embedded ones."""
    from passerelle.embedded.environment import Installation
    from passerelle.embedded.process import StartError
    from passerelle.settings import Settings

    try:
        os.environ.update(Installation.of_this_environment().variables())
    except StartError as error:
        raise SystemExit(str(error)) from None
    return Settings()
