"""The whole application on the worked example, as the tests of pages and API use it."""

from __future__ import annotations

from tests.server.conftest import example_store, site

__all__ = ["example_store", "site"]
