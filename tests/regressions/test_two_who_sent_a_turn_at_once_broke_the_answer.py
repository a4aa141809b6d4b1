"""Whoever sent a private turn just after somebody else got an error page, because the draft was not there any more."""

from __future__ import annotations

import asyncio

from tests.server.appeal import AppealSite
from tests.server.site import Site


async def test_one_of_two_who_send_at_once_is_told_so(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    clients = [site.program(role) for role in ("parent", "advocate", "parent")]
    url = f"{site.api}/appeal/turn"
    assert (await clients[0].post(url, json={"to": "private"})).status_code == 200
    answers = await asyncio.gather(*(client.post(url, json={"to": "send"}) for client in clients))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert all(code in (409, 503) for code in codes[1:])
    assert all(answer.json()["detail"].endswith(".") for answer in answers if answer.status_code != 200)
