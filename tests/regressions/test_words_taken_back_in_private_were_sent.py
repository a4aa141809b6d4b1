"""A block written and taken back in private kept its words, and sending the draft showed them to the other side."""

from __future__ import annotations

from pathlib import Path

from tests.server.live_appeal import BLOCK, live_appeal

NEW = {"type": "new", "after": BLOCK, "kind": "p", "rank": "V", "on": 1}


async def test_words_taken_back_in_private_never_leave_the_draft(tmp_path: Path) -> None:
    async with live_appeal(tmp_path) as appeal:
        _, first = await appeal.enter("parent", "F@family")
        await first.send(appeal.writing(first, {"known": NEW | {"wording": "in the open"}}))
        await first.saved()
        await appeal.begin("parent")
        _, draft = await appeal.enter("parent", "F@family-draft")
        for on in (1, 0):
            mine, known = NEW | {"on": on, "wording": "zebrafish"}, NEW | {"on": on, "wording": "zebrafish!"}
            await draft.send(appeal.writing(draft, {"mine": mine, "known": known}))
            await draft.saved()
        await appeal.send("parent")
        _, theirs = await appeal.enter("case_officer", "F@family")
        assert b"in the open" in theirs.doc.get_update()
        assert b"zebrafish" not in theirs.doc.get_update()
