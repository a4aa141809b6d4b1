"""Runs the application under uvicorn, set up for live documents. The command line calls ``run``."""

from __future__ import annotations

import gc
import resource
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from server.draining import Draining, Serving, until_quiet
from server.fast_sockets import FastSocket
from server.homes import Homes
from server.http_limits import BoundedHttp
from server.settings import Settings

log = structlog.get_logger("alongside.serve")

BACKLOG = 4096
_GARBAGE = (20_000, 20, 50)
"""The hot path makes many short-lived values and hardly a cycle: looking for cycles less often costs nothing."""
STOP_SECONDS = 10
_ENDLESS = 2**31


class Configuration(uvicorn.Config):
    """uvicorn's configuration, with our settings for the protocols it starts."""

    def __init__(self, app: FastAPI, settings: Settings, **options: Any) -> None:
        super().__init__(app, **options)
        self.settings = settings
        self.state = app.state
        self.draining = app.state.draining = Draining(settings)
        self.homes: Homes | None = None
        """Where plans are at home, when several workers serve them."""


class Server(uvicorn.Server):
    """uvicorn's server; once it has started, what is in memory stays out of the garbage collector's way.

    Told to stop, it sends everybody elsewhere before uvicorn closes what is left.
    """

    config: Configuration

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.config.draining.begin()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        draining = self.config.draining
        draining.begin()
        await draining.pause(self._forced)
        for one in self.servers:
            one.close()
        live: Serving | None = getattr(self.config.state, "live", None)
        if live is not None:
            await draining.send_away(live, self._forced)
        polling = getattr(self.config.state, "polling", None)
        if polling is not None:
            polling.restart()  # requests that are held open: uvicorn would wait for them
        await until_quiet(self._has_sockets, self._forced)
        await super().shutdown(sockets)  # type: ignore[arg-type]

    def _forced(self) -> bool:
        return self.force_exit

    def _has_sockets(self) -> bool:
        return any(isinstance(one, FastSocket) for one in self.server_state.connections)


def configuration(app: FastAPI, settings: Settings) -> Configuration:
    """How uvicorn runs the application."""
    return Configuration(
        app,
        settings,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHttp,
        ws=FastSocket,
        ws_max_size=settings.frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.ping_seconds,
        ws_ping_timeout=settings.ping_timeout_seconds,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def run(app: FastAPI, settings: Settings) -> None:
    """Serves until it is told to stop."""
    enough_files(settings)
    Server(configuration(app, settings)).run()


def enough_files(settings: Settings) -> None:
    """Lets this process open as many files as it may, and says so when that is too few."""
    files = raise_file_limit()
    if files < settings.connections_total:
        log.warning("few_open_files", open_files=files, connections_total=settings.connections_total)


def raise_file_limit() -> int:
    """Lets this process open as many files, and so connections, as it may; returns how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            pass  # some systems say there is no limit, and keep one
    return _ENDLESS if soft == resource.RLIM_INFINITY else soft
