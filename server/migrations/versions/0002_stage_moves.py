"""Moves of a plan with their reasons in a table of their own, out of the audit trail; and the readiness check's row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REASONS = ("early_reason", "eotas_reason")

audit_event = sa.table(
    "audit_event",
    sa.column("id", sa.Integer()),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("act", sa.String()),
    sa.column("plan_id", sa.String()),
    sa.column("person_id", sa.String()),
    sa.column("detail", sa.JSON()),
)


def upgrade() -> None:
    stage_move = op.create_table(
        "stage_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("to", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("early_reason", sa.String(length=2000), nullable=False),
        sa.Column("eotas_reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stage_move_plan_id", "stage_move", ["plan_id"], unique=False)
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _take_reasons_out(stage_move)


def _take_reasons_out(stage_move: sa.Table) -> None:
    """Words that were written into the audit trail move to where they belong; the trail says that there are some."""
    connection = op.get_bind()
    moved = connection.execute(
        sa.select(audit_event).where(audit_event.c.act == "stage-moved").order_by(audit_event.c.id)
    ).all()
    for event in moved:
        detail: dict[str, Any] = dict(event.detail)
        given = {key: detail.pop(key, "") for key in REASONS}
        row = {
            "plan_id": event.plan_id,
            "origin": detail.get("origin", ""),
            "to": detail.get("to", ""),
            "by": event.person_id,
            "at": event.at,
            **given,
        }
        made = connection.execute(sa.insert(stage_move).values(row)).inserted_primary_key
        if any(given.values()) and made is not None:
            detail |= {"reason_given": True, "move": made[0]}
            connection.execute(sa.update(audit_event).where(audit_event.c.id == event.id).values(detail=detail))


def downgrade() -> None:
    op.drop_table("pulse")
    op.drop_table("stage_move")
