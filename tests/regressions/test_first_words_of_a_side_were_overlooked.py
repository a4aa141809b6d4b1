"""A state read before a side's first proposal still passed as the present one: a closing could have left it out."""

from __future__ import annotations

import pytest

from server.redline.registrar import Moved
from server.redline.state import read_section, still_so
from tests.server.appeal import AppealSite
from tests.server.site import Site


async def test_a_layer_that_came_since_makes_a_state_an_old_one(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    live = site.app.state.live
    seen = await read_section(site.store, live.registrar, site.plan_id, 1, "F")
    site.store.read(lambda db: still_so(db, seen))
    words = next(block.text for block in seen.baseline.texts() if block.text)
    await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    with pytest.raises(Moved):
        site.store.read(lambda db: still_so(db, seen))
