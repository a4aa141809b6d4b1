"""People at several processes, all of them writing, and an officer who asks one process for something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from tests.faults.several import ROLES, Made, Several
from tests.faults.writers import Scribe

SECTIONS = ("B", "E")
ENDS_WITHIN = 40.0


def people_at(several: Several, made: Made, count: int, *, pinned: bool = False, seed: int = 0) -> list[Scribe]:
    """So many people, at each process in turn; ``pinned``: they always come back to the same one."""
    urls = several.urls
    return [
        Scribe(
            [urls[place % len(urls)]] if pinned else urls,
            made.name(SECTIONS[place % len(SECTIONS)]),
            made.tokens[ROLES[place % len(ROLES)]],
            f"w{place}",
            seed=seed,
            at=place,
        )
        for place in range(count)
    ]


@asynccontextmanager
async def writing_ends(several: Several, scribes: Sequence[Scribe]) -> AsyncIterator[None]:
    """They write all the while, and a little longer once all is well again."""
    tasks = [asyncio.create_task(scribe.write(), name=scribe.mark) for scribe in scribes]
    try:
        await all_save(scribes, 3)
        yield
        several.mend()
        for scribe in scribes:
            scribe.stop()
        async with asyncio.timeout(ENDS_WITHIN):
            await asyncio.gather(*tasks)
    finally:
        several.mend()
        for task in tasks:
            task.cancel()


async def all_save(scribes: Sequence[Scribe], count: int) -> None:
    """Each of them has so many more words saved."""
    await asyncio.gather(*(scribe.has_saved(count) for scribe in scribes))


async def ask(several: Several, number: int, made: Made, method: str, path: str, **body: object) -> httpx.Response:
    """The case officer asks one process for something."""
    headers = {"Authorization": f"Bearer {made.tokens['case_officer']}"}
    async with httpx.AsyncClient(base_url=several.processes[number].serving.url, headers=headers) as client:
        return await client.request(method, f"/api/plans/{made.plan}{path}", json=body or None, timeout=30)
