"""For whoever runs the server: is it alive, can it save, what are its figures. Nothing about any plan or person."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from sqlmodel import Session
from starlette.responses import Response

from server.database import Store, StoreFailed
from server.metrics import CONTENT_TYPE
from server.tables import Pulse

router = APIRouter(tags=["health"])

LEAST_FREE_BYTES = 64 * 1024 * 1024
READY_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 3.0
_NOT_YOURS = (
    "These figures are for whoever runs this server. "
    "To read them from another machine, set ALONGSIDE_METRICS_TOKEN and send it as a Bearer token.\n"
)


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Edits can be saved and there is room on the disk; 503 and which of the two is wrong otherwise.

    A server that was told to stop says 503 at once, so that proxies turn to another.
    """
    state = request.app.state
    if hasattr(state, "draining") and state.draining.begun:
        return JSONResponse({"status": "stopping"}, status_code=503)
    if not hasattr(state, "pulse_taker"):
        state.pulse_taker = PulseTaker(state.store)
    checks = {
        "database": await state.pulse_taker.well(),
        "disk": await asyncio.to_thread(_has_room, _folder_of(state.store, state.settings.data_dir)),
    }
    well = all(checks.values())
    body = {
        "status": "ready" if well else "not ready",
        **{name: "ok" if fine else "failed" for name, fine in checks.items()},
    }
    return JSONResponse(body, status_code=200 if well else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures in Prometheus form, of all workers of this machine. For the machine itself, or with the token."""
    state = request.app.state
    if not _may_read_figures(request, state.settings.metrics_token):
        return Response(_NOT_YOURS, 403, media_type="text/plain")
    return Response(await state.workers.exposition(), media_type=CONTENT_TYPE)


def _may_read_figures(request: Request, token: SecretStr | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode())
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class PulseTaker:
    """Writes one small row the way an edit goes, at most every few seconds however often somebody asks."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._asking = asyncio.Lock()
        self._found: tuple[float, bool] | None = None

    async def well(self) -> bool:
        """Whether the store takes writes, and took the last entries of the log."""
        async with self._asking:
            now = self._clock()
            if self._found is None or now - self._found[0] >= LOOK_AGAIN_SECONDS:
                self._found = (now, await self._write())
            return self._found[1] and not self._store.writer.refusing

    async def _write(self) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._store.write(_beat)
        except (StoreFailed, TimeoutError):
            return False
        return True


def _beat(db: Session) -> None:
    db.merge(Pulse(id=1, at=datetime.now(UTC)))  # a new value each time: the same one would not reach the disk


def _folder_of(store: Store, folder: Path) -> Path:
    """Where its files are. A process on PostgreSQL may have none yet: then the disk they would be on counts."""
    folder = folder.absolute()
    while not store.embedded and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False
