"""Which life of the store this is. A restored backup is another: what pages hold from before must not flow into it.

Pages are told the epoch when they open a section and say it when they come back (``stateless``). It is a digest,
because the store's key itself names its channels in Redis. Anyone in ``server`` may import this.
"""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import text, update
from sqlmodel import Session, col

from server.tables import StoreKey

_LENGTH = 16
_DATABASE = text("SELECT oid FROM pg_database WHERE datname = current_database()")


def epoch(session: Session) -> str:
    """The store's epoch; empty for a copy that ``alongside backup`` made and no server has served yet.

    On PostgreSQL the database's own number goes in: a dump restored into a new database is another life by itself.
    """
    key = session.get_one(StoreKey, 1).key
    if not key:
        return ""
    if session.get_bind().dialect.name == "postgresql":
        key += f":{session.execute(_DATABASE).scalar_one()}"
    return hashlib.sha256(key.encode()).hexdigest()[:_LENGTH]


def renew(session: Session) -> None:
    """Begins a new life: every page that comes back from before takes a fresh copy."""
    session.execute(update(StoreKey).values(key=secrets.token_hex(16)))


def begin(session: Session) -> str:
    """The epoch of a store that is about to be served: a copy begins a life of its own, any other goes on with its."""
    session.execute(update(StoreKey).where(col(StoreKey.key) == "").values(key=secrets.token_hex(16)))
    session.expire_all()
    return epoch(session)
