"""Measurements beside other servers of this kind: ``python -m tests.bench``. Loopback only; every loop is bounded."""
