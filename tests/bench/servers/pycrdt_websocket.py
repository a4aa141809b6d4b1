"""pycrdt-websocket as a peer: in memory, or with its SQLite store when DB names a file. Runs in the peers' own venv."""

import logging
import os

import uvicorn
from pycrdt.store import SQLiteYStore, YDocNotFound
from pycrdt.websocket import ASGIServer, WebsocketServer, YRoom

DB = os.environ.get("DB")
QUIET = logging.getLogger("pycrdt-websocket")
QUIET.setLevel(logging.ERROR)


class Store(SQLiteYStore):
    db_path = DB or "unused"


class Rooms(WebsocketServer):
    async def get_room(self, name):
        if name not in self.rooms:
            if DB:
                store = Store(name, log=QUIET)
                room = YRoom(ready=False, ystore=store, log=QUIET)
                self.rooms[name] = room
                await self._task_group.start(store.start)
                try:
                    await store.apply_updates(room.ydoc)
                except YDocNotFound:
                    pass
                room.ready = True
            else:
                self.rooms[name] = YRoom(log=QUIET)
        room = self.rooms[name]
        await self.start_room(room)
        return room


rooms = Rooms(auto_clean_rooms=False, log=QUIET)
inner = ASGIServer(rooms)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        async with rooms:
            await inner(scope, receive, send)
    else:
        await inner(scope, receive, send)


uvicorn.run(
    app,
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    ws="websockets-sansio",
    loop="uvloop",
    log_level="warning",
    ws_max_size=1 << 26,
    ws_per_message_deflate=False,
    ws_ping_interval=None,
)
