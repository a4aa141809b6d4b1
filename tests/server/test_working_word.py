"""Taking Word back: what was edited in the file becomes exactly those proposals of the own side, and nothing else."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
import httpx
import pytest

from server.redline.tables import WordUpload
from server.settings import Settings
from tests.server.appeal import AppealSite
from tests.server.site import ORIGIN, Site, form_token

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open(sections=("F",))
    return found


async def download(appeal: AppealSite, role: str = "parent") -> Any:
    answer = await appeal.site.program(role).get(f"{appeal.site.home}/working/download?format=docx")
    assert answer.status_code == 200, answer.text
    return docx.Document(io.BytesIO(answer.content))


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def everything(document: Any) -> list[Any]:
    """Every paragraph, those in tables too."""
    found = list(document.paragraphs)
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                found += cell.paragraphs
    return found


def run_with(document: Any, words: str) -> Any:
    found = [run for paragraph in everything(document) for run in paragraph.runs if words in run.text]
    assert found, words
    return found[0]


def add_bold(run: Any, words: str) -> None:
    """Words after a run as the family marks what it adds."""
    added = docx.text.run.Run(run._r.__copy__(), run._parent)
    added.text = words
    added.bold = True
    run._r.addnext(added._r)


async def bring(appeal: AppealSite, role: str, data: bytes, name: str = "WD1 Family.docx") -> httpx.Response:
    files = {"file": (name, data, WORD)}
    return await appeal.site.program(role).post(f"{appeal.site.home}/working/word", files=files)


async def reviewed(appeal: AppealSite, role: str, data: bytes) -> tuple[str, str]:
    """The address of the review, and its page."""
    answer = await bring(appeal, role, data)
    assert answer.status_code == 303, answer.text
    page = await appeal.site.program(role).get(answer.headers["location"])
    assert page.status_code == 200, page.text
    return answer.headers["location"], page.text


def ticked(page: str, *more: str) -> dict[str, str]:
    boxes = re.findall(r'name="((?:take|unmarked|evidence)-\d+)" type="checkbox" value="yes"( checked)?', page)
    reading = re.search(r'name="reading" value="([0-9a-f]{64})"', page)
    assert reading is not None
    chosen = [name for name, checked in boxes if checked] + list(more)
    return {"reading": reading[1]} | dict.fromkeys(chosen, "yes")


async def test_what_was_edited_in_word_becomes_exactly_those_proposals(appeal: AppealSite) -> None:
    first, second, third = await appeal.texts("F", 3)
    theirs = await appeal.propose("case_officer", "F", "theirs", third, "As agreed with the school")
    before = await appeal.look("parent", "F")
    document = await download(appeal)
    add_bold(run_with(document, first), " every Tuesday")
    changed = run_with(document, second)
    changed.text = changed.text.replace(second, second + " or may not")
    address, page = await reviewed(appeal, "parent", saved(document))
    assert "every Tuesday" in page
    assert "Changed without marking" in page
    assert "may not" in page
    assert (await appeal.look("parent", "F"))["proposals"].keys() == {theirs}
    taken = await appeal.site.program("parent").post(address, data=ticked(page))
    assert (taken.status_code, taken.headers["location"]) == (303, f"{appeal.site.home}/working")
    after = await appeal.look("parent", "F")
    (key,) = after["proposals"].keys() - {theirs}
    own = after["proposals"][key]
    assert (own["side"], own["first_by"]) == ("family", appeal.site.people["parent"].id)
    assert "every Tuesday" in own["sentence"]
    assert after["baseline"] == before["baseline"]
    assert after["proposals"][theirs]["hash"] == before["proposals"][theirs]["hash"]
    again = await appeal.site.program("parent").post(address, data=ticked(page))
    assert again.status_code == 404
    assert appeal.site.store.read(lambda db: db.get_one(WordUpload, 1)).data == b""


async def test_what_was_changed_without_marking_is_proposed_only_when_it_is_ticked(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    document = await download(appeal)
    changed = run_with(document, first)
    changed.text = changed.text.replace(first, first + " or may not")
    address, page = await reviewed(appeal, "parent", saved(document))
    nothing = await appeal.site.program("parent").post(address, data=ticked(page))
    assert nothing.status_code == 422
    assert "Tick what your side wants to propose" in nothing.text
    (field,) = re.findall(r'name="(unmarked-\d+)"', page)
    assert (await appeal.site.program("parent").post(address, data=ticked(page, field))).status_code == 303
    (own,) = (await appeal.look("parent", "F"))["proposals"].values()
    assert "or may not" in own["sentence"]


async def test_a_reading_that_is_not_what_was_reviewed_is_not_taken(appeal: AppealSite) -> None:
    first, second = await appeal.texts("F", 2)
    document = await download(appeal)
    add_bold(run_with(document, first), " every Tuesday")
    address, page = await reviewed(appeal, "parent", saved(document))
    await appeal.propose("case_officer", "F", "theirs", first, "As agreed with the school")
    await appeal.propose("advocate", "F", "ours", second, "A qualified juggling teacher")
    answer = await appeal.site.program("parent").post(address, data=ticked(page))
    assert answer.status_code == 409
    assert len((await appeal.look("parent", "F"))["proposals"]) == 2


async def test_a_file_is_for_the_one_who_brought_it(appeal: AppealSite) -> None:
    document = await download(appeal)
    address, page = await reviewed(appeal, "parent", saved(document))
    for role in ("case_officer", "advocate", "signing_officer"):
        person = appeal.site.program(role)
        assert (await person.get(address)).status_code == 404
        assert (await person.post(address, data=ticked(page))).status_code == 404
    for role in ("observer", "senco", "interpreter"):
        person = appeal.site.program(role)
        assert (await person.get(f"{appeal.site.home}/working/word")).status_code == 403
        assert (await bring(appeal, role, saved(document))).status_code == 403


async def test_what_is_taken_up_in_a_private_turn_stays_in_the_draft(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    parent = appeal.site.program("parent")
    document = await download(appeal)
    add_bold(run_with(document, first), " every Tuesday")
    assert (await parent.post(f"{appeal.site.api}/appeal/turn", json={"to": "private"})).status_code == 200
    address, page = await reviewed(appeal, "parent", saved(document))
    assert "when you send your draft" in page
    assert (await parent.post(address, data=ticked(page))).status_code == 303
    assert (await appeal.look("case_officer", "F"))["proposals"] == {}
    sent = await parent.post(f"{appeal.site.api}/appeal/turn", json={"to": "send"})
    assert sent.json()["sent"] == 1


HOSTILE = {
    "empty": b"",
    "no archive": b"%PDF-1.7 nothing",
    "old": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "cut short": b"PK\x03\x04" + b"\0" * 40,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_is_no_word_file_is_refused_in_a_sentence(appeal: AppealSite, data: bytes) -> None:
    answer = await bring(appeal, "parent", data)
    assert answer.status_code == 422
    assert 'href="#file"' in answer.text
    assert appeal.site.store.read(lambda db: db.get(WordUpload, 1)) is None


async def test_only_a_word_file_may_be_large_and_only_so_large(appeal: AppealSite) -> None:
    limits = Settings()
    large = b"PK\x03\x04" + b"\0" * (limits.request_bytes + 1)
    assert (await bring(appeal, "parent", large)).status_code == 422
    assert (await bring(appeal, "parent", b"PK" + b"\0" * (limits.word_bytes + 200_000))).status_code == 413
    elsewhere = await appeal.site.program("parent").post(
        f"{appeal.site.home}/working/versions", files={"file": ("x.docx", large, WORD)}
    )
    assert elsewhere.status_code in (303, 413)


async def test_a_browser_brings_a_file_only_from_our_own_page(appeal: AppealSite) -> None:
    parent = await appeal.site.browser("parent")
    page = await parent.get(f"{appeal.site.home}/working/word")
    data = saved(await download(appeal))
    path, files = f"{appeal.site.home}/working/word", {"file": ("WD1.docx", data, WORD)}
    token = form_token(page.text)
    fine = await parent.post(path, data={"csrf": token}, files=files, headers={"Origin": ORIGIN})
    assert fine.status_code == 303
    for sent in ({}, {"csrf": "x" * 64}, {"other": "first", "csrf": token}):
        answer = await parent.post(path, data=sent, files=files, headers={"Origin": ORIGIN})
        assert answer.status_code == 403, sent
    strange = await parent.post(path, data={"csrf": token}, files=files, headers={"Origin": "https://example.org"})
    assert strange.status_code == 403


async def test_a_program_brings_a_file_and_takes_up_what_it_chose(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    document = await download(appeal)
    add_bold(run_with(document, first), " every Tuesday")
    parent = appeal.site.program("parent")
    files = {"file": ("WD1.docx", saved(document), WORD)}
    answer = await parent.post(f"{appeal.site.api}/appeal/word", files=files)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    (choice,) = found["choices"]
    assert choice["kind"] == "read"
    take = f"{appeal.site.api}/appeal/word/{found['id']}"
    wrong = {"reading": "0" * 64, "choices": [choice["choice"]]}
    assert (await parent.post(take, json=wrong)).status_code == 409
    taken = await parent.post(take, json={"reading": found["reading"], "choices": [choice["choice"]]})
    assert taken.json() == {"taken": 1}
    assert list((await appeal.look("parent", "F"))["proposals"]) == choice["records"]
