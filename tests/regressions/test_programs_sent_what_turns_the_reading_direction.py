"""Line separators and direction marks came in through the API, though the pages' forms clean them away."""

from __future__ import annotations

import pytest

from server.forms import Form
from server.typed import clean_line, clean_text
from tests.server.site import Site

MARKS = ["\x85", "\u2028", "\u2029", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\x00", "\x1b"]


@pytest.mark.parametrize("mark", MARKS, ids=[f"U+{ord(one):04X}" for one in MARKS])
async def test_no_line_a_program_sends_holds_such_a_mark(site: Site, mark: str) -> None:
    officer, bad = site.program("case_officer"), f"a{mark}b"
    plan = {"reference": "EX-80", "child": "K."}
    for field in plan:
        assert 422 == (await officer.post("/api/plans", json=plan | {field: bad})).status_code, field
        assert 422 == (await officer.patch(site.api, json={field: bad})).status_code, field
    guest = {"email": "new@example.org", "name": bad, "role": "senco"}
    assert 422 == (await officer.post(f"{site.api}/people", json=guest)).status_code
    wish = {"wish": bad, "why": "Because."}
    assert 422 == (await site.program("parent").post(f"{site.api}/preference", json=wish)).status_code


@pytest.mark.parametrize("mark", MARKS, ids=[f"U+{ord(one):04X}" for one in MARKS])
def test_forms_clean_the_same_marks_away(mark: str) -> None:
    form = Form({"line": f"a{mark}b", "text": f"a{mark}b"})
    line = form.line("line", most=10, what="Line")
    assert line in ("ab", "a b")
    assert form.text("text", most=10, what="Text") in ("ab", "a\nb")
    assert (clean_line(line), clean_text(line)) == (line, line)


async def test_words_of_several_lines_are_cleaned_on_both_ways_in(site: Site) -> None:
    why = "One.\u2028Two.\u202e\r\n\tThree.\x85"
    answer = await site.program("parent").post(f"{site.api}/preference", json={"wish": "Hill\u00a0School", "why": why})
    assert 201 == answer.status_code, answer.text
    assert ("Hill School", "One.\nTwo.\n\tThree.") == (answer.json()["wish"], answer.json()["why"])
    assert "One.\nTwo.\n\tThree." == Form({"why": why}).text("why", most=100, what="Why")
    empty = {"wish": "Hill School", "why": "\u202e\u2066"}
    assert 422 == (await site.program("parent").post(f"{site.api}/preference", json=empty)).status_code


def test_names_of_every_script_stay_whole() -> None:
    for name in ("Zoë O’Neill-Ōta", "می‌خواهم", "नमस्ते", "👩‍👧"):
        assert name == clean_line(name)
