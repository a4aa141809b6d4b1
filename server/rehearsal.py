"""What is done once before anybody comes, so that whoever is first after a restart need not wait for it.

Ways to the database are opened, the statements of signing in are put together, the code for tokens is loaded. It finds
nobody and nothing, gives no right, and a server whose rehearsal fails starts all the same. Only ``app`` imports it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import Session

from server.auth.sessions import Sessions, SignedIn
from server.auth.tokens import TokenUse
from server.codes import PlanError
from server.database import Store
from server.layers import open_appeal
from server.log import document_id
from server.plan_access import everybody_on
from server.snapshots import load
from server.standing import read_plan

log = structlog.get_logger("alongside.live")

_NOBODY = "0" * 32


async def rehearse(store: Store, sessions: Sessions) -> None:
    """Signs nobody in and opens no section, the way both are done."""
    end = datetime.now(UTC) + timedelta(hours=1)
    token, _ = sessions.live_token(SignedIn(_NOBODY, _NOBODY, False, "", TokenUse.LIVE, end, end))
    try:
        await store.connect_ahead()
        await sessions.read_token(token)
        await store.aread(_open_nothing)
    except PlanError as trouble:
        log.warning("not_rehearsed", error=type(trouble).__name__)


def _open_nothing(session: Session) -> None:
    read_plan(session, _NOBODY)
    everybody_on(session, _NOBODY)
    open_appeal(session, _NOBODY)
    document_id(session, _NOBODY, "")
    load(session, 0)
