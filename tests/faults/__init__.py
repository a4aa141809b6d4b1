"""Several server processes on one PostgreSQL and Redis, and everything that may befall them: nothing saved is lost."""
