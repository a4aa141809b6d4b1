"""The pages of the working document: each for each role, what they show and to whom, and decisions by forms."""

from __future__ import annotations

from tests.server.appeal import AppealSite
from tests.server.site import Site
from tests.server.test_pages import check_frame


async def test_smoke(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    words = [b.text for b in (await appeal.baseline("F")).texts() if b.text]
    text = next(t for t in words if sum(t in o for o in words) == 1)
    await appeal.propose("parent", "F", "one", text, "30 minutes each week")
    base = f"{site.home}/working"
    for path in ("", "/F", "/F?view=since", "/F?view=ours", "/F?view=disputed", "/F/list"):
        answer = await site.program("parent").get(base + path)
        assert answer.status_code == 200, answer.text
        check_frame(answer.text)
