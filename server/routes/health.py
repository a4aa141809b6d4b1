"""For whoever runs the server: is it alive, can it save, what are its figures. Nothing about any plan or person."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlmodel import Session
from starlette.responses import Response

from server.database import Store, StoreFailed
from server.metrics import CONTENT_TYPE, exposition
from server.tables import Pulse

router = APIRouter(tags=["health"])

LEAST_FREE_BYTES = 64 * 1024 * 1024
READY_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 3.0


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
        "disk": await asyncio.to_thread(_has_room, state.settings.data_dir),
    }
    well = all(checks.values())
    body = {
        "status": "ready" if well else "not ready",
        **{name: "ok" if fine else "failed" for name, fine in checks.items()},
    }
    return JSONResponse(body, status_code=200 if well else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Figures in Prometheus form."""
    return Response(exposition(), media_type=CONTENT_TYPE)


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


def _has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False
