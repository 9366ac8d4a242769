"""Somebody's browser: cookies, pages, forms. It does not follow redirects by itself, so that they can be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from passerelle.tour.html import Document, Form, read
from passerelle.tour.http import client
from passerelle.tour.proof import NotSo, must


@dataclass(frozen=True)
class Page:
    """An answer to a browser. `leads_to` is the path of a redirect, empty otherwise."""

    address: str
    status: int
    leads_to: str
    html: str
    document: Document

    def form_with(self, name: str) -> Form:
        """The form that has a field of that name. Raises NotSo."""
        found = next((form for form in self.document.forms if name in form.fields), None)
        if found is None:
            raise NotSo(f"The page {urlsplit(self.address).path} (status {self.status}) has no form with “{name}”.")
        return found


class Browser:
    """One person's. `close()` forgets its cookies."""

    def __init__(self, base_url: str) -> None:
        self._base = httpx2.URL(base_url)
        self._client = client(headers={"Accept-Language": "fr-CA,fr;q=0.9"})

    def open(self, address: str) -> Page:
        """GET. `address` is a path or a whole URL."""
        return self._page(self._client.get(self._base.join(address)))

    def ask_for_headers(self, address: str) -> int:
        """HEAD, as some mail scanners do; its status."""
        return self._client.head(self._base.join(address)).status_code

    def picture(self, address: str) -> bytes:
        """The image's content."""
        return self._client.get(self._base.join(address)).content

    def submit(self, page: Page, typed: Mapping[str, str]) -> Page:
        """POST the page's form that has these fields, its other fields as they stand."""
        form = page.form_with(next(iter(typed)))
        address = httpx2.URL(page.address).join(form.action)
        origin = f"{address.scheme}://{address.netloc.decode()}"
        return self._page(self._client.post(address, data={**form.fields, **typed}, headers={"Origin": origin}))

    def follow(self, page: Page) -> Page:
        """Where the redirect leads. Raises NotSo when it is none."""
        must(page.leads_to, f"{urlsplit(page.address).path} answered {page.status} instead of leading on.")
        return self.open(str(httpx2.URL(page.address).join(page.leads_to)))

    def close(self) -> None:
        self._client.close()

    def _page(self, response: httpx2.Response) -> Page:
        address = str(response.url)
        leads_to = response.headers.get("location", "") if response.is_redirect else ""
        must(
            response.status_code < httpx2.codes.INTERNAL_SERVER_ERROR,
            f"The page {response.url.path} answered {response.status_code}.",
        )
        return Page(address, response.status_code, leads_to, response.text, read(response.text))
