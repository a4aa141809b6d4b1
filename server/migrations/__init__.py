"""The database's tables over time, by Alembic, driven from code: there is no alembic.ini."""
