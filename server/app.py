"""The application: what it is made of, what every answer carries, and the order of start and stop.

``create_app`` is the only place that knows all the parts. It opens no socket and reads no environment:
settings come in, an application goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from server import auth, openapi, relay, sockets, tracing
from server.acts import Office
from server.database import Store
from server.edge import Edge
from server.history.books import Histories
from server.live import Live
from server.mail import Mail
from server.pages import Pages
from server.redline.pages_count import PageCounts
from server.rehearsal import rehearse
from server.routes import (
    api_audit,
    api_closing,
    api_history,
    api_people,
    api_plans,
    api_sections,
    api_stages,
    api_working,
    downloads,
    facts,
    health,
    history,
    people,
    plans,
    preference,
    reading,
    record,
    rights,
    sections,
    session,
    sign_in,
    stages,
    static_pages,
    working,
    working_close,
    working_decide,
    working_open,
    working_schedule,
    working_turn,
    working_versions,
    working_word,
)
from server.routes.assets import BuiltFiles
from server.routes.errors import install_errors
from server.scrape import Workers
from server.settings import Settings
from server.stall import Heartbeat

DESCRIPTION = """Read and change EHC plans on Alongside. Sign in with the session cookie, or send
`Authorization: Bearer TOKEN` (see `alongside token`). Every refusal is `application/problem+json`
with a `code` and a sentence in `detail`. The text itself is written over the WebSocket at `/live`."""

NO_OTHER_TRACES: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own would tell addresses and what exceptions say, and variables of the environment could turn them on."""

# `people` before `stages` and so on does not matter; within a file, fixed addresses stand before ones with parts.
ROUTERS = (
    api_plans.router,
    api_people.router,
    api_sections.router,
    api_history.router,
    api_stages.router,
    api_working.router,
    api_audit.router,
    api_closing.router,
    session.router,
    health.router,
    sign_in.router,
    static_pages.router,
    plans.router,
    facts.router,
    people.router,
    stages.router,
    rights.router,
    preference.router,
    reading.router,
    history.router,
    record.router,
    working_open.router,
    working_close.router,
    working_versions.router,
    working_schedule.router,
    downloads.router,
    working_word.api,
    working_word.router,
    sections.router,
    working_turn.router,
    working_decide.router,
    working.router,  # last: a section in an address takes any word that nothing else has taken
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start: figures, then what they are about. Stop: the other way round."""
    settings: Settings = app.state.settings
    async with _observed(app, settings), _serving(app, settings), _beating():
        yield


@asynccontextmanager
async def _observed(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Traces, and the other workers' figures."""
    app.state.workers = Workers(settings.metrics_dir)
    await app.state.workers.start()
    tracing.start(settings)
    try:
        yield
    finally:
        await app.state.workers.stop()
        await asyncio.to_thread(tracing.stop)


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """The event loop's heartbeat, from when people may come: while a server starts, it keeps nobody waiting."""
    heartbeat = Heartbeat()
    heartbeat.start()
    try:
        yield
    finally:
        heartbeat.stop()


@asynccontextmanager
async def _serving(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Start: store, live documents, sign-in, post. Stop: post, live documents (they finish what is queued), store."""
    store = Store.open(settings)
    try:
        app.state.store = store
        async with Live(store, settings) as live:
            app.state.live = live
            relay.join(app.state.polling, live)
            auth.start(app)
            live.tokens = app.state.sessions
            app.state.mail = Mail(settings)
            app.state.page_counts = PageCounts(live.spawn)
            app.state.histories = Histories(store, settings)
            app.state.office = Office(store, live, app.state.mail, settings)
            await rehearse(store, app.state.sessions)
            try:
                yield
            finally:
                app.state.histories.close()
                await app.state.mail.close()
    finally:
        store.close()


def create_app(settings: Settings) -> FastAPI:
    """The whole application for these settings; it starts with its lifespan."""
    app = FastAPI(
        title="Alongside",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # both pages load scripts from elsewhere; /openapi.json is enough
        redoc_url=None,
        redirect_slashes=False,  # it would send people to whatever host the request claims to be for
        telemetry=NO_OTHER_TRACES,
    )
    app.state.settings = settings
    app.state.pages = Pages(settings)
    install_errors(app)
    auth.install(app)
    app.add_middleware(Edge, settings=settings)  # last added is outermost: ids, limits and headers on every answer
    app.mount("/static", BuiltFiles(directory=app.state.pages.dist, check_dir=False), name="static")
    sockets.mount(app)  # first: after a restart everybody comes this way at once
    for router in ROUTERS:  # as they are: included, each route would be analysed once more, at somebody's first request
        app.router.routes.extend(router.routes)
    openapi.install(app)
    return app
