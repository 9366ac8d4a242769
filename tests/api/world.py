"""Ways to make organizations, programs, seats and requests through the API, as its users do."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from passerelle.db.database import Database

JSON = dict[str, Any]
TITLE = "Génies en herbe"
ADMIN = "daniel@example.com"


@dataclass(frozen=True)
class World:
    """The caller, who may do everything, and the database behind."""

    client: httpx2.AsyncClient
    database: Database

    async def post(self, path: str, body: object = None, status: int = 201, **headers: str) -> JSON:
        answer = await self.client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        found: JSON = answer.json()
        return found

    async def get(self, path: str, status: int = 200) -> JSON:
        answer = await self.client.get(f"/api/v1{path}")
        assert answer.status_code == status, answer.text
        found: JSON = answer.json()
        return found

    async def organization(self, name: str = "Science Jeunesse", *, approved: bool = True) -> JSON:
        admin = {"first_name": "Daniel", "last_name": "Test", "email": ADMIN}
        made = await self.post("/organizations", {"name_fr": name, "admins": [admin]})
        return await self.post(f"/organizations/{made['id']}/approval", {}, 200) if approved else made

    async def program(self, organization: JSON, title: str = TITLE, *, approved: bool = True, **values: object) -> JSON:
        body = {"organization_id": organization["id"], "title_fr": title, "contact_name": "Daniel Test", **values}
        made = await self.post("/programs", body)
        return await self.post(f"/programs/{made['id']}/approval", {}, 200) if approved else made

    async def session(self, seats: int = 20) -> JSON:
        body = {"title": "Formation", "language": "fr", "starts_at": "2026-12-01T13:00:00-05:00", "seats": seats}
        return await self.post("/training-sessions", body)

    async def seat(self, organization: JSON, session: JSON | None = None) -> JSON:
        at = session or await self.session()
        return await self.post(f"/training-sessions/{at['id']}/registrations", {"organization_id": organization["id"]})

    async def onboarding(self, *, trained: bool = True, title: str = TITLE, name: str = "") -> JSON:
        """An onboarding that waits for its request, or for training."""
        organization = await self.organization(name or f"Organisme {uuid4().hex[:6]}")
        if trained:
            await self.seat(organization)
        program = await self.program(organization, title)
        return await self.get(f"/onboardings/{program['onboarding']['id']}")

    async def request(self, onboarding: JSON, status: int = 202, **values: Any) -> JSON:
        return await self.post(f"/onboardings/{onboarding['id']}/access-request", form(**values), status)

    async def requested(self, **values: Any) -> JSON:
        return await self.request(await self.onboarding(), **values)


def form(**values: object) -> JSON:
    """The seed's form, filled in; a value of None leaves the field out."""
    filled = {
        "program_title": TITLE,
        "first_name": "Jane",
        "last_name": "Doe",
        "phone": "5145555555",
        "email": "jane.doe@example.com",
        "language": "fr",
        "accept_terms": True,
        "requested_by": ADMIN,
        **values,
    }
    return {name: value for name, value in filled.items() if value is not None}
