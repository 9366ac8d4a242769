"""What Prometheus reads: our own figures from the database, and requests by route (never by path)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy.ext.asyncio import AsyncSession

from passerelle.db import figures, outbox

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds; a page is to stay below 0.05 and a request's p99 below 0.25.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "passerelle_http_requests_total",
            "Answered requests",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._durations = Histogram(
            "passerelle_http_request_seconds", "Time to the answer", ["route"], buckets=BUCKETS, registry=self._registry
        )
        self._onboardings = self._gauge("onboardings", "Onboardings in each stage", "stage")
        self._mails = self._gauge("mails", "Mails in each state of the ledger", "state")
        self._waiting = self._gauge("outbox_backlog", "Facts that Temporal has not got yet")
        self._age = self._gauge("outbox_oldest_seconds", "Age of the oldest of them")

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request; `route` is its template."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(route).observe(seconds)

    async def read(self, tx: AsyncSession) -> bytes:
        """The exposition, with the database's figures as they are now."""
        for stage, number in (await figures.by_stage(tx)).items():
            self._onboardings.labels(stage.value).set(number)
        self._mails.clear()
        for state, number in (await figures.mails_by_state(tx)).items():
            self._mails.labels(state).set(number)
        waiting, oldest = await outbox.backlog(tx)
        self._waiting.set(waiting)
        self._age.set(oldest)
        return generate_latest(self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"passerelle_{name}", meaning, labels, registry=self._registry)
