"""Everything that waits: HTTP, sockets, the database, the clock, files."""
