"""The API's description as a page that loads nothing from elsewhere."""

import hashlib
import re

import httpx2

from api.routes.docs import STATIC

VENDORED = STATIC / "swagger-ui-5.35.0"


async def test_the_page_and_all_that_it_loads_come_from_here(anybody: httpx2.AsyncClient) -> None:
    page = await anybody.get("/api/docs")
    assert page.status_code == 200
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"].split("style-src")[0]
    loaded = re.findall(r'(?:src|href|data-openapi)="([^"]+)"', page.text)
    assert len(loaded) == 6
    for address in loaded:
        assert address.startswith("/")
        assert (await anybody.get(address)).status_code == 200


def test_vendored_files_are_what_their_checksums_say_and_carry_their_licence() -> None:
    lines = (line.split() for line in (VENDORED / "SHA256SUMS").read_text().splitlines())
    expected = {name: digest for digest, name in lines}
    files = [path for path in VENDORED.iterdir() if path.name != "SHA256SUMS"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == expected
    assert "Apache License" in (VENDORED / "LICENSE").read_text()
