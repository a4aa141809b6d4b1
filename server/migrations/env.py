"""What Alembic runs: our tables, on the connection ``migrate`` hands over. Never opens a database itself."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from server import tables

assert tables.Plan.metadata is SQLModel.metadata  # noqa: S101 - the import is what fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
