"""What several processes on one database need: numbers that grow when rights change, and a name for the database.

The numbers are kept by triggers, so that whoever changes a row (a server, the command line, a person at the
database's own prompt) makes every process look again. On PostgreSQL they are written at the end of the transaction:
nobody waits for them in the middle of something else.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RIGHTS, REGISTER, PEOPLE = "rights", "register", "people"

TRIGGERS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("plan", (), RIGHTS),
    ("access", (), RIGHTS),
    ("appeal", (), RIGHTS),
    ("appeal_turn", (), RIGHTS),
    ("proposal", (), REGISTER),
    ("person", ("name", "is_staff", "colour", "disabled_at"), PEOPLE),
    ("sign_in_session", ("revoked_at", "expires_at"), PEOPLE),
)
"""Table, the columns whose change counts (empty: any), and what it is a change of."""

_OF_APPEAL = ("appeal_turn", "proposal")


def _plan_of(table: str, row: str) -> str:
    """Where the row says which plan it is about."""
    if table == "plan":
        return f"{row}.id"
    if table in _OF_APPEAL:
        return f"(SELECT plan_id FROM appeal WHERE id = {row}.appeal_id)"  # noqa: S608 - names from above
    return "''" if table in ("person", "sign_in_session") else f"{row}.plan_id"


def _note(table: str, row: str, kind: str) -> str:
    return (
        f"INSERT INTO change (plan_id, kind, number) VALUES ({_plan_of(table, row)}, '{kind}', 1) "  # noqa: S608
        "ON CONFLICT (plan_id, kind) DO UPDATE SET number = change.number + 1;"
    )


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "kind"),
    )
    store = op.create_table(
        "store",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(store, [{"id": 1, "key": secrets.token_hex(16)}])
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, columns, kind in TRIGGERS:
        if postgres:
            _on_postgres(table, columns, kind)
        else:
            _on_sqlite(table, columns, kind)


def _on_postgres(table: str, columns: tuple[str, ...], kind: str) -> None:
    op.execute(
        f"CREATE FUNCTION alongside_{table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {_note(table, 'OLD', kind)} ELSE {_note(table, 'NEW', kind)} END IF; "
        "RETURN NULL; END $$"
    )
    only = f" OF {', '.join(columns)}" if columns else ""
    op.execute(
        f"CREATE CONSTRAINT TRIGGER {table}_changed AFTER INSERT OR UPDATE{only} OR DELETE ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION alongside_{table}_changed()"
    )


def _on_sqlite(table: str, columns: tuple[str, ...], kind: str) -> None:
    only = f" OF {', '.join(columns)}" if columns else ""
    acts = (("insert", "INSERT", "NEW"), ("update", f"UPDATE{only}", "NEW"), ("delete", "DELETE", "OLD"))
    for name, when, row in acts:
        op.execute(
            f'CREATE TRIGGER {table}_changed_by_{name} AFTER {when} ON "{table}" BEGIN {_note(table, row, kind)} END'
        )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, _, _ in TRIGGERS:
        if postgres:
            op.execute(f"DROP TRIGGER {table}_changed ON {table}")
            op.execute(f"DROP FUNCTION alongside_{table}_changed()")
        else:
            for name in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_changed_by_{name}")
    op.drop_table("store")
    op.drop_table("change")
