"""Reading our pages in tests."""

from __future__ import annotations

import re

import httpx


def csrf_in(page: httpx.Response) -> str:
    """The token of the page's forms."""
    found = re.search(r'name="csrf-token" content="([0-9a-f]+)"', page.text)
    assert found is not None, page.text
    return found[1]
