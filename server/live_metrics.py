"""Figures of the live connections, in the registry that ``/metrics`` shows. Labels are refusal codes, nothing else."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from server.metrics import REGISTRY

_COMMIT_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)
_LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30)
_BUILD_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300)

# People and sections

CONNECTIONS = Gauge("alongside_live_connections", "Live connections open now.", registry=REGISTRY)
RECONNECTS = Counter(
    "alongside_reconnects_total",
    "Live connections of somebody who had lost or left one of this process within the minute before; "
    "going from page to page counts too.",
    registry=REGISTRY,
)
POLLING = Gauge(
    "alongside_live_polling_connections",
    "Live connections that go over HTTP now, because a network blocks WebSockets.",
    registry=REGISTRY,
)
ROOMS = Gauge("alongside_rooms_open", "Sections in memory now.", registry=REGISTRY)
REBUILT = Counter("alongside_rooms_rebuilt_total", "Sections read again from their log.", registry=REGISTRY)
OVERFLOWS = Counter(
    "alongside_outbox_overflows_total", "Times a slow reader was owed more than may wait for it.", registry=REGISTRY
)
TEXTS_DIFFER = Counter(
    "alongside_texts_differ_total", "Times a browser showed another text than the server held.", registry=REGISTRY
)

# Edits

ACCEPTED = Counter("alongside_updates_accepted_total", "Edits written to the log.", registry=REGISTRY)
REFUSED = Counter("alongside_updates_refused_total", "Messages refused, by code.", ("code",), registry=REGISTRY)
UNACKNOWLEDGED = Gauge("alongside_updates_unacknowledged", "Edits on their way to the disk now.", registry=REGISTRY)
COMMIT_SECONDS = Histogram(
    "alongside_commit_seconds", "Time of one commit to the log.", buckets=_COMMIT_BUCKETS, registry=REGISTRY
)
CONFLICTS = Counter(
    "alongside_append_conflicts_total",
    "Appends that found entries of another process before theirs, and were judged again.",
    registry=REGISTRY,
)

# Other processes

ROWS_FROM_ELSEWHERE = Counter(
    "alongside_log_rows_from_elsewhere_total", "Entries of other processes taken up here.", registry=REGISTRY
)
LOG_LAG = Histogram(
    "alongside_log_lag_seconds",
    "Time from a commit of another process until it was taken up here, as hints and the two clocks say.",
    buckets=_LAG_BUCKETS,
    registry=REGISTRY,
)
BUS = Gauge(
    "alongside_bus_connected",
    "1 while hints of other processes can come; 0 while Redis is away and the database is asked instead. "
    "1 where no Redis is configured.",
    registry=REGISTRY,
)
"""Whoever starts the live documents says how to know."""

# Snapshots

SNAPSHOT_SECONDS = Histogram(
    "alongside_snapshot_build_seconds",
    "Time of one run of the process that builds snapshots, a few sections at once.",
    buckets=_BUILD_BUCKETS,
    registry=REGISTRY,
)
SNAPSHOTS_FAILED = Counter(
    "alongside_snapshot_builds_failed_total", "Runs of that process that did not build all.", registry=REGISTRY
)


def taken_up_after(seconds: float) -> None:
    """Takes down how long an entry of another process took to come here. Two clocks may make it less than nothing."""
    LOG_LAG.observe(max(0.0, seconds))


def built(seconds: float, *, well: bool) -> None:
    """Takes down one run of the process that builds snapshots."""
    SNAPSHOT_SECONDS.observe(seconds)
    if not well:
        SNAPSHOTS_FAILED.inc()
