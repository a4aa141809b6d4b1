"""Built browser files under /static. An address with a content hash may be kept for good; others are checked again.

Serves only files of static/dist; nothing else of the work tree can be reached.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.edge import KEEP_FOR_GOOD


class BuiltFiles(StaticFiles):
    """Static files with honest cache headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            hashed = scope.get("query_string", b"").startswith(b"v=")
            response.headers["Cache-Control"] = KEEP_FOR_GOOD if hashed else "no-cache"
        return response
