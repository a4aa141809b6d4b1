"""An address with a slash too many was redirected to whatever host the request named."""

from __future__ import annotations

import pytest

from tests.server.site import Site


@pytest.mark.parametrize("path", ["/plans/", "/sign-in/", "/health/live/", "/api/plans/"])
async def test_a_slash_too_many_leads_nowhere(site: Site, path: str) -> None:
    answer = await site.visitor().get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
