"""The pages in front of a real database, and browsers that visit them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx2
import pytest
from fastapi import FastAPI

from passerelle.db.database import Database
from passerelle.files import Logos
from passerelle.settings import Settings
from tests.platform_world import CHEAP
from web.app import install

Browse = Callable[..., httpx2.AsyncClient]


def pages(settings: Settings, database: Database) -> FastAPI:
    """What the API's create_app leaves to the pages."""
    app = FastAPI()
    app.state.settings = settings
    app.state.database = database
    app.state.logos = Logos(settings.data_dir / "logos")
    install(app)
    app.state.passwords = CHEAP
    return app


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    return pages(settings, database)


@pytest.fixture
async def browse(app: FastAPI) -> AsyncIterator[Browse]:
    """Makes browsers, each with cookies of its own; what they send is same-origin unless told otherwise."""
    async with AsyncExitStack() as stack:

        def new(base_url: str = "http://localhost:8000", **headers: str) -> httpx2.AsyncClient:
            client = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
                base_url=base_url,
                headers=headers or {"Sec-Fetch-Site": "same-origin"},
            )
            stack.push_async_callback(client.aclose)
            return client

        yield new


@pytest.fixture
def browser(browse: Browse) -> httpx2.AsyncClient:
    return browse()
