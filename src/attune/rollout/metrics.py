"""What the router tells Prometheus (G4): traffic, latency, failures and what users thought, by model."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_LATENCY_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 60.0)
_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)


class RouterMetrics:
    """The metrics of one router, in a registry of their own.

    Args:
        models: the names that ``model`` can have; all series exist from the start, so that a rate over them is never absent.
    """

    def __init__(self, models: Sequence[str]) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter(
            "attune_router_requests", "Requests by the status of the reply.", ["model", "code"], registry=registry
        )
        self.seconds = Histogram(
            "attune_router_request_seconds",
            "Seconds to the end of a reply.",
            ["model"],
            buckets=_LATENCY_SECONDS,
            registry=registry,
        )
        self.errors = Counter("attune_router_errors", "Requests that the model failed.", ["model", "kind"], registry=registry)
        self.in_flight = Gauge("attune_router_in_flight", "Requests under way.", ["model"], registry=registry)
        self.ratings = Histogram("attune_ratings", "Users' ratings from 1 to 5.", ["model"], buckets=_STARS, registry=registry)
        self.incidents = Counter("attune_safety_incidents", "Replies with dangerous advice.", ["model"], registry=registry)
        self.share = Gauge("attune_router_candidate_share", "Share of the users that the candidate has.", registry=registry)
        for model in models:
            self.requests.labels(model, "200")
            self.seconds.labels(model)
            self.in_flight.labels(model)
            self.ratings.labels(model)
            self.incidents.labels(model)
            for kind in ("connection", "status", "timeout"):
                self.errors.labels(model, kind)

    def answered(self, model: str, code: str, seconds: float, error: str) -> None:
        """Count one request; ``error`` is what failed, empty where nothing did."""
        self.requests.labels(model, code).inc()
        self.seconds.labels(model).observe(seconds)
        if error:
            self.errors.labels(model, error).inc()

    def rated(self, model: str, rating: float, *, incident: bool) -> None:
        """Count one rating."""
        self.ratings.labels(model).observe(rating)
        if incident:
            self.incidents.labels(model).inc()

    def exposition(self) -> tuple[bytes, str]:
        """The text that Prometheus reads, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
