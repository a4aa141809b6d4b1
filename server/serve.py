"""Runs the application under uvicorn, set up for live documents. The command line calls ``run``."""

from __future__ import annotations

import gc

import uvicorn
from fastapi import FastAPI

from server.fast_sockets import FastSocket
from server.settings import Settings

_BACKLOG = 4096
_GARBAGE = (20_000, 20, 50)
"""The hot path makes many short-lived values and hardly a cycle: looking for cycles less often costs nothing."""
_STOP_SECONDS = 10


class Server(uvicorn.Server):
    """uvicorn's server; once it has started, what is in memory stays out of the garbage collector's way."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE)


def configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws=FastSocket,
        ws_max_size=settings.frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.ping_seconds,
        ws_ping_timeout=settings.ping_timeout_seconds,
        access_log=False,
        log_config=None,
        backlog=_BACKLOG,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def run(app: FastAPI, settings: Settings) -> None:
    """Serves until it is told to stop."""
    Server(configuration(app, settings)).run()
