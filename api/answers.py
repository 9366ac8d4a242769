"""The shapes of a successful answer."""

from pydantic import BaseModel
from starlette.responses import Response

JSON = "application/json"


def found(body: BaseModel, *, version: int | None = None, status: int = 200, location: str = "") -> Response:
    """The body as JSON; with `version` as its ETag where it can change under somebody's eyes."""
    headers = {"ETag": f'"{version}"'} if version is not None else {}
    if location:
        headers["Location"] = location
    return Response(body.model_dump_json(), status, headers, media_type=JSON)


def created(body: BaseModel, location: str, *, version: int | None = None) -> Response:
    """Something new, and where it is."""
    return found(body, version=version, status=201, location=location)


def accepted(body: BaseModel, location: str, version: int) -> Response:
    """Work goes on; its state is at `location`."""
    return found(body, version=version, status=202, location=location)


def gone() -> Response:
    """Nothing is left to say."""
    return Response(status_code=204)
