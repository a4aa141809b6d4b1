"""An OpenTelemetry collector on this machine that keeps what it was sent, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What came, decoded; ``raw`` is every byte of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.requests: list[ExportTraceServiceRequest] = []
        self.paths: list[str] = []
        self.raw = b""

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def about(self) -> dict[str, str]:
        """What it was told of the process."""
        resource = self.requests[0].resource_spans[0].resource
        return {one.key: one.value.string_value for one in resource.attributes}

    def named(self, name: str) -> list[dict[str, str | int]]:
        return [facts(span) for span in self.spans if span.name == name]


def facts(span: Span) -> dict[str, str | int]:
    """A span's attributes."""
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """Runs one on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.paths.append(self.path)
            collector.raw += body
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
