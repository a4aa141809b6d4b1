"""The real server, killed and starved: what it called saved must be there. ``python -m tests.crash --rounds 200``."""
