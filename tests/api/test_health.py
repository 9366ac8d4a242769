"""Liveness, readiness, figures, and what the log says of a request."""

import json
import logging
from collections.abc import Iterator

import httpx2
import pytest
import structlog
from typing_extensions import override

from api.app import create_app
from passerelle.settings import Settings
from tests.api.conftest import FakeTemporal
from tests.api.world import World


async def test_it_lives_and_is_ready_while_temporal_is_away(
    anybody: httpx2.AsyncClient, temporal: FakeTemporal
) -> None:
    assert (await anybody.get("/livez")).status_code == 200
    ready = await anybody.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "temporal": "unreachable"})


async def test_the_figures_count_stages_messages_and_requests(world: World) -> None:
    await world.requested()
    await world.client.get("/api/v1/nothing-42")
    figures = (await world.client.get("/metrics")).text
    assert 'passerelle_onboardings{stage="provisioning"} 1.0' in figures
    assert 'passerelle_onboardings{stage="lapsed"} 0.0' in figures
    assert "passerelle_outbox_backlog 2.0" in figures
    assert "passerelle_outbox_oldest_seconds" in figures
    route = "/api/v1/onboardings/{onboarding_id}/access-request"
    assert f'passerelle_http_requests_total{{method="POST",route="{route}",status="202"}} 1.0' in figures
    assert 'route="unmatched",status="404"} 1.0' in figures
    assert "nothing-42" not in figures


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, object]]]:
    """The log as it is written, one object per line."""
    written: list[dict[str, object]] = []

    class Keep(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler = Keep()
    renderer = structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer())
    handler.setFormatter(renderer)
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.getLogger("api.observed").addHandler(handler)
    with caplog.at_level(logging.INFO, "api.observed"):
        yield written
    logging.getLogger("api.observed").removeHandler(handler)
    structlog.configure(**before)


async def test_the_log_holds_templates_and_ids_and_nothing_that_was_sent_SEC42(
    world: World, lines: list[dict[str, object]]
) -> None:
    onboarding = await world.onboarding()
    lines.clear()
    path = f"/api/v1/onboardings/{onboarding['id']}/access-request?secret=canary"
    answer = await world.client.post(path, json={"email": "canary@example.com"}, headers={"X-Request-Id": "abcdefgh-1"})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["route"] == "/api/v1/onboardings/{onboarding_id}/access-request"
    assert (line["method"], line["status"], line["request_id"]) == ("POST", 422, "abcdefgh-1")
    assert answer.headers["x-request-id"] == "abcdefgh-1"
    assert "canary" not in json.dumps(lines)
    assert str(onboarding["id"]) not in json.dumps(lines)


async def test_a_request_id_that_could_forge_a_line_is_replaced_SEC53(anybody: httpx2.AsyncClient) -> None:
    for given in ("short", "x" * 65, "a b c d e f g", "évil-évil"):
        answer = await anybody.get("/livez", headers={b"X-Request-Id": given.encode()})
        assert answer.headers["x-request-id"] != given
        assert len(answer.headers["x-request-id"]) == 32


async def test_no_cache_keeps_an_answer_and_no_browser_guesses_its_type_SEC22(world: World) -> None:
    for path in ("/programs", "/nothing"):
        headers = (await world.client.get(f"/api/v1{path}")).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_the_description_names_every_route_with_key_and_examples(world: World) -> None:
    described = (await world.client.get("/api/v1/openapi.json")).json()
    post = described["paths"]["/api/v1/onboardings/{onboarding_id}/access-request"]["post"]
    assert post["security"] == [{"key": []}]
    assert set(post["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    fields = post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert all("examples" in field for field in fields.values())
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            names = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
            assert (method == "post") == ("idempotency-key" in names), path
            assert "HTTPValidationError" not in json.dumps(operation), path


async def test_the_application_starts_and_stops_with_what_it_stands_on(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            assert (await client.get("/readyz")).json()["database"] == "ok"
