"""Taking proposals back over the API: all that were made together at once, or nothing."""

from __future__ import annotations

from typing import Any

import httpx

from tests.server.appeal import AppealSite
from tests.server.site import Site


async def take_back(appeal: AppealSite, role: str, *pairs: tuple[str, str]) -> httpx.Response:
    body: dict[str, Any] = {"proposals": [{"key": key, "hash": shown} for key, shown in pairs]}
    return await appeal.site.program(role).post(f"{appeal.base}/F/withdraw", json=body)


async def test_what_was_made_together_is_withdrawn_together_or_not_at_all(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    first, second, third = await appeal.texts("F", 3)
    group = {"group": "g1"}
    made = {
        "one": await appeal.replacing("F", first, "30 minutes each week") | group,
        "two": await appeal.replacing("F", second, "45 minutes each week") | group,
        "three": await appeal.replacing("F", third, "60 minutes each week"),
    }
    await appeal.write("parent", "F", made)
    shown = {key: one["hash"] for key, one in (await appeal.look("parent", "F"))["proposals"].items()}
    one, two, three = (("family:" + name, shown["family:" + name]) for name in made)
    for pairs, code in (
        ([one], "grouped"),
        ([three, two], "grouped"),
        ([one, (two[0], one[1])], "not-current"),
        ([one, two, ("family:nobody", one[1])], "withdrawn"),
        ([], "malformed"),
    ):
        answer = await take_back(appeal, "parent", *pairs)
        assert answer.json()["code"] == code, pairs
    assert (await take_back(appeal, "case_officer", one, two)).json()["code"] in ("not-entitled", "not-allowed")
    statuses = [await appeal.status("F", key) for key, _ in (one, two, three)]
    assert statuses == ["proposed", "proposed", "proposed"]
    done = await take_back(appeal, "parent", one, two)
    assert done.status_code == 200, done.text
    statuses = [await appeal.status("F", key) for key, _ in (one, two, three)]
    assert statuses == ["withdrawn", "withdrawn", "proposed"]


async def test_what_is_left_of_a_group_can_be_withdrawn_without_what_is_gone(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    first, second = await appeal.texts("F", 2)
    group = {"group": "g1"}
    one = await appeal.replacing("F", first, "30 minutes each week") | group
    two = await appeal.replacing("F", second, "45 minutes each week") | group
    await appeal.write("parent", "F", {"one": one, "two": two})
    assert await appeal.status("F", "family:one") == "proposed"
    gone = one | {"from": 0, "to": 0, "at": 0, "wording": ""}
    await appeal.write("parent", "F", {"one": gone})
    assert await appeal.status("F", "family:one") == "withdrawn"
    shown = (await appeal.look("parent", "F"))["proposals"]["family:two"]["hash"]
    assert (await take_back(appeal, "parent", ("family:two", shown))).status_code == 200
    assert await appeal.status("F", "family:two") == "withdrawn"
