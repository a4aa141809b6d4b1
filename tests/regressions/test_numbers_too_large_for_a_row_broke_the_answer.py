"""A number that no row can have, in an address, was handed to the database and came back as a 500."""

from __future__ import annotations

import pytest

from tests.server.site import Site

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("number", [2**63, 2**64, -1, 10**30])
async def test_such_a_number_is_refused_in_words(site: Site, number: int) -> None:
    officer = site.program("case_officer")
    for answer in (
        await officer.get(f"{site.api}/audit?before={number}", headers=JSON),
        await officer.get(f"{site.api}/audit?limit={number}", headers=JSON),
        await officer.delete(f"{site.api}/people/{number}", headers=JSON),
        await officer.get(f"{site.home}/record?before={number}", headers=JSON),
        await officer.get(f"{site.home}/people/{number}/end", headers=JSON),
        await officer.post(f"{site.home}/people/{number}/end", headers=JSON),
        await officer.get(f"{site.home}/people/{number}/invited", headers=JSON),
    ):
        assert 400 <= answer.status_code < 500, (str(answer.request.url), answer.text)


async def test_the_largest_number_a_row_can_have_is_asked_for(site: Site) -> None:
    officer = site.program("case_officer")
    assert 200 == (await officer.get(f"{site.api}/audit?before={2**63 - 1}")).status_code
    assert 200 == (await officer.get(f"{site.home}/record?before={2**63 - 1}")).status_code
    assert 400 == (await officer.delete(f"{site.api}/people/{2**63 - 1}", headers=JSON)).status_code
