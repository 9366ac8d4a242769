"""How the tour speaks HTTP."""

from collections.abc import Mapping

import httpx2

ANSWER_SECONDS = 10


def client(base_url: str = "", headers: Mapping[str, str] | None = None) -> httpx2.Client:
    """A client that follows no redirect and keeps its cookies to itself.

    A proxy that this shell happens to name is not used: it could not reach a system that runs here.
    """
    return httpx2.Client(base_url=base_url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False)


def server(error: httpx2.TransportError) -> str:
    """Whom the failed request was for."""
    url = error.request.url
    return f"{url.scheme}://{url.netloc.decode()}"
