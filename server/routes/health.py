"""For whoever runs the server: is it alive, can it save, what are its figures. Nothing about any plan or person."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from starlette.responses import Response

from server.database import Store, StoreFailed
from server.metrics import CONTENT_TYPE, exposition

router = APIRouter(tags=["health"])

LEAST_FREE_BYTES = 64 * 1024 * 1024
READY_SECONDS = 5.0


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """The write path answers and there is room on the disk; 503 and which of the two is wrong otherwise."""
    state = request.app.state
    checks = {
        "database": await _can_write(state.store),
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


async def _can_write(store: Store) -> bool:
    """Takes the write lock and lets it go: all of the way of an edit but the bytes."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await store.write(lambda db: db.execute(text("SELECT 1")).scalar_one())
    except (StoreFailed, TimeoutError):
        return False
    return True


def _has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False
