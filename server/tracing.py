"""OpenTelemetry traces, when settings name a collector. When they do not, nothing that makes or sends them is imported.

A span says how long something took and how it ended. What it may say beside that is in ``FACTS``: never an address, an
id, a name or a word of a plan, and of an exception its kind alone. Anyone in ``server`` may open one; where every
message passes, ask ``tracing.tracer is not None`` first, which is all it costs when off.
"""

from __future__ import annotations

import importlib.metadata
import re
import time
import uuid
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from server.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

FACTS: Final = {
    "method": "http.request.method",  # GET, POST and their like
    "route": "http.route",  # the pattern, as in /plans/{plan_id}
    "status": "http.response.status_code",
    "kind": "alongside.message.kind",  # a number of the protocol
    "size": "alongside.bytes",  # in bytes
    "entries": "alongside.entries",  # how many of them
    "documents": "alongside.documents",  # how many of them
    "code": "alongside.code",  # a refusal code, or "ok"
    "error": "error.type",  # the exception's class
}
"""Everything a span may say, by the word used here and by OpenTelemetry's."""

REQUEST = "request"
MESSAGE = "message"
SIGN_IN = "sign in to a section"
COMMIT = "commit"
LOAD = "load a section"
REBUILD = "rebuild a section"
SNAPSHOTS = "build snapshots"
PUBLISH = "publish"
NAMES: Final = frozenset({REQUEST, MESSAGE, SIGN_IN, COMMIT, LOAD, REBUILD, SNAPSHOTS, PUBLISH})

Fact = str | int | bool
EXPORT_SECONDS = 5.0
_LONGEST_FACT = 120
_TRACES = "/v1/traces"
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")

tracer: Tracer | None = None
"""Set while traces are on."""
_provider: TracerProvider | None = None


class Nothing(AbstractContextManager["Nothing"]):
    """Stands for a span while traces are off."""

    __slots__ = ()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        return None

    def say(self, **facts: Fact) -> None:
        """Says nothing."""


class Traced(Nothing):
    """A span that is open between ``with`` and its end; whatever else begins meanwhile belongs to it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._token: Any = None

    def __enter__(self) -> Traced:
        from opentelemetry import context, trace

        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        from opentelemetry import context

        if kind is not None:
            self._span.set_attribute(FACTS["error"], kind.__name__)
        self._span.end()
        context.detach(self._token)

    def say(self, **facts: Fact) -> None:
        """Adds to what is known, in the words of ``FACTS``."""
        self._span.set_attributes(_said(facts))


_NOTHING = Nothing()


def start(settings: Settings) -> None:
    """Turns traces on if the settings name a collector."""
    global tracer, _provider
    if not settings.otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    ours = TraceIdRatioBased(settings.trace_ratio)
    # Whoever sends a request may name the trace it belongs to, and not how many of our spans are kept.
    sampler = ParentBased(ours, remote_parent_sampled=ours, remote_parent_not_sampled=ours)
    resource = Resource.create(
        {
            "service.name": "alongside",
            "service.version": importlib.metadata.version("alongside"),
            "service.instance.id": uuid.uuid4().hex,
        }
    )
    _provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
    address = settings.otlp_endpoint.rstrip("/").removesuffix(_TRACES) + _TRACES
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address, timeout=EXPORT_SECONDS)))
    tracer = _provider.get_tracer("alongside")


def stop() -> None:
    """Sends what is left and turns traces off. It may wait for the collector, so not on the event loop."""
    global tracer, _provider
    provider, tracer, _provider = _provider, None, None
    if provider is not None:
        provider.shutdown()


def span(name: str, **facts: Fact) -> Nothing:
    """A span for what happens inside ``with``; part of the one that is open, if one is."""
    if tracer is None:
        return _NOTHING
    return Traced(tracer.start_span(name, attributes=_said(facts)))


def root(name: str, **facts: Fact) -> Nothing:
    """A span that belongs to no other, for what begins on its own."""
    if tracer is None:
        return _NOTHING
    from opentelemetry.context import Context

    return Traced(tracer.start_span(name, Context(), attributes=_said(facts)))


def request(method: str, parent: str) -> Nothing:
    """The span of an HTTP request; ``parent`` is its ``traceparent`` header, or empty."""
    if tracer is None:
        return _NOTHING
    return Traced(tracer.start_span(REQUEST, _belongs_to(parent), attributes=_said({"method": method})))


def took(name: str, seconds: float, **facts: Fact) -> None:
    """A span of its own for something that has just ended elsewhere and took so long."""
    if tracer is None:
        return
    from opentelemetry.context import Context

    end = time.time_ns()
    begin = end - int(seconds * 1e9)
    tracer.start_span(name, Context(), attributes=_said(facts), start_time=begin).end(end)


def _said(facts: dict[str, Fact]) -> dict[str, Fact]:
    """Facts in OpenTelemetry's words; a word that is not in the table is a mistake in our code, and is left out."""
    return {
        FACTS[word]: fact[:_LONGEST_FACT] if isinstance(fact, str) else fact
        for word, fact in facts.items()
        if word in FACTS
    }


def _belongs_to(parent: str) -> Context:
    """The trace a ``traceparent`` header names (W3C Trace Context, version 00); of its own if it names none."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, set_span_in_context

    found = _PARENT.fullmatch(parent)
    if found is None:
        return Context()
    return set_span_in_context(
        NonRecordingSpan(SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True)), Context()
    )
