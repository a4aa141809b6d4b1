"""PostgreSQL only: a batch of the log is appended by one statement, when it stands on just what it expects.

Nothing calls it that was written before it, and a server that calls it does the same without it when it says no.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION append_if_next(
    int[], int[], int[], int[], int[], int[], text[], bytea[], text[], timestamptz[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    documents CONSTANT int[] := $1;
    befores CONSTANT int[] := $2;
    lasts CONSTANT int[] := $3;
    rights CONSTANT int[] := $4;
    fitting bigint;
BEGIN
    -- In one order for everybody; nobody else appends to these sections from here to the commit.
    PERFORM id FROM document WHERE id = ANY(documents) ORDER BY id FOR UPDATE;
    -- A statement of its own: it sees what was committed while the first one waited.
    SELECT count(*) INTO fitting
      FROM unnest(documents, befores, rights) AS expected(id, before, rights)
      JOIN document ON document.id = expected.id AND document.seq = expected.before
      LEFT JOIN change ON change.plan_id = document.plan_id AND change.kind = 'rights'
     WHERE expected.rights IS NULL OR expected.rights = coalesce(change.number, 0);
    IF fitting <> cardinality(documents) THEN
        RETURN false;
    END IF;
    UPDATE document SET seq = moved.last
      FROM unnest(documents, lasts) AS moved(id, last) WHERE document.id = moved.id;
    INSERT INTO log_entry (document_id, seq, kind, payload, author, at)
    SELECT * FROM unnest($5, $6, $7, $8, $9, $10);
    RETURN true;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_if_next")
