"""The API's description as a page, from files of our own: it works without the Internet and under a strict CSP."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent.parent / "static"
# Swagger UI sets style attributes; everything else is as strict as on our own pages.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def docs() -> FileResponse:
    """Swagger UI over /api/v1/openapi.json."""
    return FileResponse(STATIC / "docs.html", headers={"Content-Security-Policy": POLICY})


def install(app: FastAPI) -> None:
    """The page and the files that it loads."""
    app.include_router(router)
    app.mount("/api/static", StaticFiles(directory=STATIC))
