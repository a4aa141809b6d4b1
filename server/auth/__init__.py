"""Who is asking: sign-in, sessions, forms' proof, limits.

``create_app`` calls ``install(app)`` once, and ``start(app)`` in its lifespan after the store and the live documents
are open (``app.state.settings``, ``.store``, ``.live``). Everything else in ``server`` takes ``PersonDep``.
"""

from __future__ import annotations

from fastapi import FastAPI

from server.auth.codes import Codes
from server.auth.dependencies import PersonDep, SignInNeeded, VisitorDep, safe_next, sign_in_needed
from server.auth.door import Door
from server.auth.keys import load_keys
from server.auth.limits import Limits
from server.auth.oidc import council_sign_in
from server.auth.sessions import Clock, Sessions, SignedIn, utc_now
from server.auth.tokens import Refused

__all__ = ["PersonDep", "Refused", "SignInNeeded", "SignedIn", "VisitorDep", "install", "safe_next", "start"]


def install(app: FastAPI) -> None:
    """Put the door in front of every route. Add whatever must see requests first (``Edge``) after this."""
    app.add_middleware(Door)
    app.add_exception_handler(SignInNeeded, sign_in_needed)


def start(app: FastAPI, *, clock: Clock = utc_now) -> None:
    """Build what signing in needs, and let ended sign-ins close their live connections."""
    state = app.state
    state.keys = load_keys(state.settings)
    state.sessions = Sessions(state.store, state.settings, state.keys, clock=clock)
    state.codes = Codes(state.store, state.settings, state.keys, clock=clock)
    state.council_sign_in = council_sign_in(state.settings, state.keys, clock=clock)
    state.limits = Limits(state.settings, state.keys)
    live = getattr(state, "live", None)
    if live is not None:
        state.sessions.on_end = live.session_ended
