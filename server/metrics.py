"""Figures for whoever runs the server, in Prometheus form. Never a name, an address, a plan's id or a word of a plan.

Anyone in ``server`` may add to ``REGISTRY``; every label has a small, fixed set of values. Figures are totals over all
plans and both sides: none is kept for a plan, a side, or a private draft, so that what moves says nothing about whose
it was.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began is not asked, and doubles the text

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

SIGN_INS = Counter(
    "alongside_sign_ins_total",
    "Tries to sign in, by method (email, oidc, demo) and outcome.",
    ("method", "outcome"),
    registry=REGISTRY,
)
MESSAGES = Counter(
    "alongside_mail_total",
    "Messages by outcome: sent, kept (in the outbox) or failed.",
    ("outcome",),
    registry=REGISTRY,
)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition() -> bytes:
    """Everything in the registry, as text."""
    return generate_latest(REGISTRY)
