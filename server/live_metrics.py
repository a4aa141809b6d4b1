"""Figures of the live connections, in the registry that ``/metrics`` shows. Labels are refusal codes, nothing else."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from server.metrics import REGISTRY

CONNECTIONS = Gauge("alongside_live_connections", "Live connections open now.", registry=REGISTRY)
POLLING = Gauge(
    "alongside_live_polling_connections",
    "Live connections that go over HTTP now, because a network blocks WebSockets.",
    registry=REGISTRY,
)
ROOMS = Gauge("alongside_rooms_open", "Sections in memory now.", registry=REGISTRY)
ACCEPTED = Counter("alongside_updates_accepted_total", "Edits written to the log.", registry=REGISTRY)
REFUSED = Counter("alongside_updates_refused_total", "Messages refused, by code.", ("code",), registry=REGISTRY)
COMMIT_SECONDS = Histogram(
    "alongside_commit_seconds",
    "Time of one commit to the log.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
UNACKNOWLEDGED = Gauge("alongside_updates_unacknowledged", "Edits on their way to the disk now.", registry=REGISTRY)
TEXTS_DIFFER = Counter(
    "alongside_texts_differ_total", "Times a browser showed another text than the server held.", registry=REGISTRY
)
