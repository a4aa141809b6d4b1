"""The page count: nobody waits for it, it is made once for one content, and a machine without PDF has none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from server.documents.pdf import PdfNotMade
from server.documents.working import WorkingDocument
from server.redline.export_values import Copy, of_now
from server.redline.pages_count import PageCounts
from server.redline.state import SectionState, read_section
from tests.server.appeal import AppealSite
from tests.server.site import Site


class Tasks:
    """Starts what it is given, and waits for all of it."""

    def __init__(self) -> None:
        self.running: list[asyncio.Task[None]] = []

    def __call__(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self.running.append(asyncio.create_task(work, name=name))

    async def done(self) -> int:
        await asyncio.gather(*self.running)
        return len(self.running)


async def states_of(appeal: AppealSite) -> list[SectionState]:
    live = appeal.site.app.state.live
    return [await read_section(appeal.site.store, live.registrar, appeal.site.plan_id, 1, "F")]


async def test_a_count_is_made_in_the_background_once_for_one_content(site: Site) -> None:
    appeal, tasks, counted = AppealSite(site), Tasks(), []
    await appeal.open()
    texts = [block.text for block in (await appeal.baseline("F")).texts() if block.text]
    words = next(text for text in texts if sum(text in other for other in texts) == 1)

    def count(document: WorkingDocument) -> int:
        counted.append(document)
        return 20 + len(counted)

    def broken(_: WorkingDocument) -> int:
        raise PdfNotMade("There is no Pango here.")

    def ask(counts: PageCounts) -> int | None:
        plan, copy = site.plan(), Copy("Example Council")
        on = plan.created_at.date()
        return counts.now(states, lambda: of_now(plan, states[0].appeal, states, copy, on=on, side="family"))

    counts = PageCounts(tasks, count=count, rest=0)
    states = await states_of(appeal)
    assert (ask(counts), ask(counts), counts.last(1)) == (None, None, None)
    assert await tasks.done() == 1
    assert (ask(counts), counts.last(1)) == (21, 21)
    await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    states = await states_of(appeal)
    assert (ask(counts), counts.last(1)) == (None, 21)
    await tasks.done()
    assert (ask(counts), counts.last(1), len(counted)) == (22, 22, 2)
    assert counted[1].sections[0].numbers == {"family:one": "F-1"}
    none = PageCounts(tasks, count=broken, rest=0)
    assert ask(none) is None
    begun = await tasks.done()
    assert ask(none) is None
    assert await tasks.done() == begun
    assert PageCounts(tasks).now([], lambda: counted[0]) is None


async def test_a_frozen_version_is_counted_when_it_is_first_asked_for_and_never_again(site: Site) -> None:
    appeal, tasks, counted = AppealSite(site), Tasks(), []
    await appeal.open()
    frozen = await site.program("parent").post(f"{site.api}/appeal/versions")
    assert frozen.status_code == 201

    def count(document: WorkingDocument) -> int:
        counted.append(document.version)
        return 23

    site.app.state.page_counts = PageCounts(tasks, count=count, rest=0)
    listed = (await site.program("observer").get(f"{site.home}/working/versions")).text
    assert "Not counted yet" in listed
    assert (await tasks.done(), counted) == (1, [1])
    assert "23 pages; the most is 25" in (await site.program("observer").get(f"{site.home}/working/versions/1")).text
    assert "Not counted yet" not in (await site.program("observer").get(f"{site.home}/working/versions")).text
    site.app.state.page_counts = PageCounts(tasks, count=count, rest=0)
    assert "23 pages" in (await site.program("observer").get(f"{site.home}/working/versions/1")).text
    assert (await tasks.done(), counted) == (1, [1])
