"""People at the live page of a working document: what they do there with mouse and keys, and what they see.

Also the way to an appeal: a plan made final and the appeal opened, by the API and with the people's own sign-ins. The
page is read as it is shown: ``+words+`` are proposed, ``-words-`` are struck.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import Locator, TimeoutError, expect
from sqlmodel import Session

from crdt.schema import LAYER
from sections.redline.layer import layer_of
from server.database import Store
from server.day import today
from server.layers import SIDES, layer_name, open_appeal
from server.log import document_id
from server.settings import Settings
from server.snapshots import load
from tests.browser.house import House
from tests.browser.person import SAVED, Person

NUMBER = "EH123/26/00077"
DISPUTED = ("B", "F", "G")
SPEAKERS = ("parent", "advocate", "case_officer", "signing_officer")
PATIENCE_MS = 90_000  # a page that counts its own pages on a busy machine
HALF_WAY = "EX-2026-042"
PEOPLE_HALF_WAY = {
    "parent": "Nadia Fellmoor",
    "advocate": "Bridget Oakmere",
    "case_officer": "Dev Pellow",
    "signing_officer": "Marcus Thornby",
    "panel_member": "Ruth Penhale",
}

EXTRAS = ".caret, .item-head, .ProseMirror-trailingBreak"
# What a block reads, without carets: proposed words between pluses, struck ones between minus signs.
READS = """([block, extras]) => {
  const line = document.querySelector(`.ProseMirror [data-block="${block}"]`);
  if (line === null) return null;
  const copy = line.cloneNode(true);
  for (const extra of copy.querySelectorAll(extras)) extra.remove();
  const runs = [];
  const walk = (node, sign) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (runs.at(-1)?.sign === sign) runs.at(-1).words += node.data;
      else if (node.data !== "") runs.push({ sign, words: node.data });
      return;
    }
    const here = { INS: "+", DEL: "-" }[node.nodeName] ?? sign;
    for (const child of node.childNodes) walk(child, here);
  };
  for (const child of copy.childNodes) walk(child, "");
  return runs.map(({ sign, words }) => sign + words + sign).join("");
}"""
# Puts the selection from words of one block to words of another, and again where the page was just putting its own.
SELECT = """([extras, from, to]) => {
  const place = ({ block, words, isEnd }) => {
    const line = document.querySelector(`.ProseMirror [data-block="${block}"]`);
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(extras) === null) nodes.push(walker.currentNode);
    }
    const start = nodes.map((node) => node.data).join("").indexOf(words);
    if (start < 0) throw new Error(`${words} is not in ${block}`);
    let left = isEnd ? start + words.length : start;
    for (const node of nodes) {
      if (left < node.data.length || (isEnd && left === node.data.length) || node === nodes.at(-1)) return [node, left];
      left -= node.data.length;
    }
    return [line, 0];
  };
  const frame = () => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  const settled = async (tries) => {
    const wanted = [...place(from), ...place(to)];
    document.querySelector(".ProseMirror").focus();
    getSelection().setBaseAndExtent(...wanted);
    for (let frames = 0; frames < 4; frames += 1) await frame();
    const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
    const now = [anchorNode, anchorOffset, focusNode, focusOffset];
    if (!now.every((one, index) => one === wanted[index]) && tries > 0) await settled(tries - 1);
  };
  return settled(5);
}"""
SHOWS = """([extras, words]) => {
  const copy = document.querySelector("#working .ProseMirror").cloneNode(true);
  for (const extra of copy.querySelectorAll(extras)) extra.remove();
  return copy.textContent.includes(words);
}"""
PASTE_PLAIN = """(words) => {
  const given = new DataTransfer();
  given.setData("text/plain", words);
  const paste = new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true });
  document.querySelector(".ProseMirror").dispatchEvent(paste);
}"""


class Drafter(Person):
    """Somebody at the live page of a section in dispute."""

    def open_working(self, label: str) -> None:
        """Opens a section of the working document and waits until it can be written."""
        self.page.goto(f"{self.house.home}/working/{label}")
        self.page.locator("#working[data-ready]").wait_for()
        expect(self.save_line).to_have_text(SAVED)

    @property
    def text(self) -> Locator:
        return self.page.locator("#working .ProseMirror")

    def block(self, block: str) -> Locator:
        return self.text.locator(f'[data-block="{block}"]')

    # writing

    def behind(self, block: str, words: str) -> Drafter:
        """Puts the caret directly behind these words."""
        return self._selects((block, words, True), (block, words, True))

    def before(self, block: str, words: str = "") -> Drafter:
        """Puts the caret directly before these words, or at the block's beginning."""
        return self._selects((block, words, False), (block, words, False))

    def selects(self, block: str, words: str, until: tuple[str, str] | None = None) -> Drafter:
        """Selects words, or everything from them to the end of other words in another block."""
        return self._selects((block, words, False), (*(until or (block, words)), True))

    def _selects(self, *ends: tuple[str, str, bool]) -> Drafter:
        self.page.bring_to_front()
        places = [{"block": block, "words": words, "isEnd": is_end} for block, words, is_end in ends]
        self.page.evaluate(SELECT, [EXTRAS, *places])
        return self

    def pastes(self, words: str) -> None:
        self.page.evaluate(PASTE_PLAIN, words)

    # seeing

    def reads(self, block: str, wanted: str) -> None:
        """Waits until a block reads like this, also in a window that is in the background."""
        script = f"([block, extras, wanted]) => ({READS})([block, extras]) === wanted"
        try:
            self.page.wait_for_function(script, arg=[block, EXTRAS, wanted], polling=50)
        except TimeoutError:
            reading = self.reading(block)
            assert wanted == reading, f"{self.name} reads {reading}"

    def reading(self, block: str) -> str:
        return str(self.page.evaluate(READS, [block, EXTRAS]))

    def shows(self, words: str) -> None:
        """Waits until the text has these words, whoever's caret stands among them."""
        self.page.wait_for_function(SHOWS, arg=[EXTRAS, words], polling=50)

    # proposals

    def card(self, words: str) -> Locator:
        """The card that says this, opened."""
        self.page.bring_to_front()
        card = self.page.locator(".app-rl-card", has_text=words)
        card.locator(".rl-card__goto").click()
        return self.page.locator(".app-rl-card--current")

    def presses(self, deed: str, words: str) -> Locator:
        """Presses a button of the card that says this; the dialog it opens."""
        self.card(words).locator(f"[data-deed={deed}]").click()
        return self.page.get_by_role("dialog")

    def agrees(self, words: str) -> None:
        """Agrees in the dialog, which has to show these words."""
        dialog = self.presses("agree", words)
        expect(dialog).to_contain_text(words)
        dialog.get_by_role("button", name="Agree to these words").click()
        expect(dialog).to_have_count(0)

    def status_of(self, words: str) -> Locator:
        return self.page.locator(".app-rl-card", has_text=words).locator(".govuk-tag").first

    def standing(self, words: str, status: str) -> None:
        """Waits until the card that says this has this status."""
        expect(self.status_of(words)).to_have_text(status)

    def yes(self, name: str) -> None:
        """Presses a button of the open dialog."""
        self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()

    # asking the server

    def asks(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        """The API's answer, asked with this person's own sign-in as the page would ask."""
        if self.page.url == "about:blank":
            self.page.goto("/plans")
        token = self.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
        answer = self.context.request.fetch(
            f"/api{self.house.home}{path}",
            method=method or ("GET" if body is None else "POST"),
            headers={"Accept": "application/json", "X-CSRF-Token": token, "Origin": self.house.server.url},
            **({} if body is None else {"data": body}),
        )
        assert answer.ok, f"{self.name}: {answer.status} {answer.text()}"
        return answer.json()


@dataclass
class AppealHouse(House):
    """A house whose people work on an appeal."""

    def drafter(self, role: str, **options: Any) -> Drafter:
        somebody = self.person(role, **options)
        assert isinstance(somebody, Drafter)
        somebody.context.set_default_timeout(PATIENCE_MS)
        return somebody

    def make_final(self) -> None:
        """The plan through its stages, by the officer who signs it."""
        signer = self.drafter("signing_officer")
        reasons = {"early_reason": "The family wrote that it agrees.", "eotas_reason": "Education is given at home."}
        for stage in ("draft_served", "finalising", "final"):
            signer.asks("/stage", {"to": stage} | reasons)

    def open_appeal(self, sections: tuple[str, ...] = DISPUTED) -> None:
        """An appeal on the final plan; everybody in it who may speak for a side does."""
        officer = self.drafter("case_officer")
        named = {one["name"]: one["person"] for one in officer.asks("/people")}
        body = {
            "number": NUMBER,
            "sections": list(sections),
            "filing_on": (today() + timedelta(days=60)).isoformat(),
            "hearing_on": (today() + timedelta(days=90)).isoformat(),
            "speakers": [named[self.names[role]] for role in SPEAKERS],
        }
        officer.asks("/appeal", body)

    def records(self, somebody: Drafter, label: str) -> dict[str, Any]:
        """The section as the server has it for this person."""
        found: dict[str, Any] = somebody.asks(f"/working/{label}")
        return found

    def stored_layers(self, label: str) -> dict[str, dict[str, dict[str, Any]]]:
        """What each side's shared layer holds on disk, by side and id, read from the store itself."""

        def read(db: Session) -> dict[str, dict[str, dict[str, Any]]]:
            appeal = open_appeal(db, self.plan)
            assert appeal is not None
            found = {}
            for side in SIDES:
                document = document_id(db, self.plan, layer_name(label, side, appeal.id))
                found[side] = {} if document is None else layer_of(load(db, document, LAYER).replica.tree())
            return found

        store = Store.open(Settings(data_dir=self.server.data))
        try:
            return store.read(read)
        finally:
            store.close()
