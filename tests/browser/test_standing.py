"""When somebody's access ends, or the stage moves on, in the middle of a word: no words are lost and none get in."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.house import House
from tests.browser.person import Person

ENDED = "Your access to this plan has ended. If you think this is a mistake, ask the case officer."


def end_access(officer: Person, name: str) -> Locator:
    """Goes to the page where access is ended; returns the button that does it."""
    page = officer.page
    page.goto(f"{officer.house.home}/people")
    page.get_by_role("link", name=f"End access of {name}").click()
    return page.get_by_role("button", name="End this access now")


def move_stage(officer: Person, step: str) -> Locator:
    """Walks to the confirmation of a step; returns the button that takes it."""
    page = officer.page
    page.goto(f"{officer.house.home}/stage")
    page.get_by_role("button", name=step, exact=True).click()
    return page.locator("main form button[type=submit]")


def type_until_closed(somebody: Person, act: Locator) -> list[str]:
    """Types words while somebody else presses a button; returns the words typed until the editor was gone."""
    typed = []
    somebody.type(" ")  # what stands there may end in the middle of somebody else's word
    act.click(no_wait_after=True)
    for number in range(400):
        if not somebody.editor.is_visible():
            break
        somebody.type(f"{somebody.role}{number} ")
        typed.append(f"{somebody.role}{number}")
    return typed


def accounted(words: list[str], durable: str, kept: str) -> None:
    """Every word is in the plan or kept aside. Better in both, when the answer was still on its way, than in none."""
    there, aside = re.split(r"[\s.]+", durable), re.split(r"[\s.]+", kept)
    assert [] == [word for word in words if there.count(word) > 1], "a word came twice"

    def is_cut(word: str) -> bool:
        """Its beginning is in the plan, the rest was typed when the end had come."""
        return any(word[:at] in there and word[at:] in aside for at in range(1, len(word)))

    # The last words may be cut off by the end, or typed at an editor that was closed already.
    missing = [word for word in words if word not in there and word not in aside and not is_cut(word)]
    assert words[len(words) - len(missing) :] == missing, (durable[-200:], kept)
    assert len(missing) <= 3, missing


def test_ending_access_closes_the_editor_mid_word_within_a_second(house: House, officer: Person) -> None:
    writer = house.person("senco")
    writer.open("B")
    writer.caret_to_end_of(writer.editor.locator("> p").first)
    button = end_access(officer, writer.name)
    writer.page.evaluate(
        """() => new MutationObserver(() => {
          if (document.querySelector("#lock-reason") && !window.closedAt) window.closedAt = Date.now();
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    with officer.page.expect_request(lambda request: request.method == "POST") as posted:
        typed = type_until_closed(writer, button)
    expect(writer.page.locator("#lock-reason")).to_be_visible()
    pressed_at = posted.value.timing["startTime"]
    closed_at: float = writer.page.evaluate("window.closedAt")
    assert closed_at - pressed_at <= 1_500, closed_at - pressed_at
    expect(writer.page.locator("#lock-reason")).to_contain_text(ENDED)
    for gone in (".app-write__nav", ".app-write__next", ".app-write__side", "#toolbar", ".app-write__back"):
        expect(writer.page.locator(gone)).to_be_hidden()
    expect(writer.page.get_by_role("link", name="Go to your plans")).to_be_visible()
    durable = "\n".join(house.durable_blocks(officer, "B"))
    aside = writer.page.locator("#kept-aside")
    accounted(typed, durable, aside.inner_text() if aside.is_visible() else "")
    writer.page.goto(house.section("B"))
    expect(writer.editor).to_have_count(0)
    expect(writer.page.locator("main")).not_to_contain_text("Sami")


def test_words_unsent_when_access_ends_are_kept_aside_and_can_be_copied(house: House, officer: Person) -> None:
    writer = house.person("advocate")
    writer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    writer.open("B")
    writer.caret_to_end_of(writer.editor.locator("> p").first)
    writer.context.set_offline(True)
    writer.type(" Words nobody has yet.")
    expect(writer.save_line).to_contain_text("4 words kept on this device")
    end_access(officer, writer.name).click()
    expect(officer.page.get_by_role("cell", name="Advocate")).not_to_have_count(0)
    writer.context.set_offline(False)
    aside = writer.page.locator("#kept-aside")
    expect(aside).to_contain_text("Words nobody has yet.")
    expect(writer.page.locator("#lock-reason")).to_contain_text(ENDED)
    expect(writer.editor).to_have_count(0)
    aside.get_by_role("button", name="Copy them").click()
    expect(aside).to_contain_text("Copied.")
    assert "Words nobody has yet." == writer.page.evaluate("navigator.clipboard.readText()").strip()
    assert "Words nobody has yet." not in "\n".join(house.durable_blocks(officer, "B"))


def test_a_phone_that_is_closed_mid_word_shows_why_where_the_person_looks(house: House, officer: Person) -> None:
    writer = house.person("plan_writer", {"width": 320, "height": 640})
    writer.open("B")
    writer.write_after(writer.item("B5").locator("p").last, " At the end.")
    writer.wait_until_saved()
    end_access(officer, writer.name).click()
    expect(writer.page.locator("#lock-reason")).to_be_in_viewport(ratio=1)
    expect(writer.page.locator("#lock-reason")).to_contain_text(ENDED)
    expect(writer.page.locator("#connection-note")).to_have_text("Your access to this plan has ended.")


def test_section_i_is_locked_for_everyone_before_finalising_and_says_why(house: House, parent: Person) -> None:
    for role in ("parent", "case_officer", "signing_officer"):
        somebody = house.person(role)
        somebody.page.goto(house.section("I"))
        expect(somebody.page.locator("#lock-reason")).to_contain_text("section 38(5)")
        expect(somebody.page.locator("[contenteditable=true], #editor, textarea")).to_have_count(0)
        expect(somebody.page.locator("aside")).to_contain_text("Paper Lantern Primary School")
    observer = house.person("observer")
    observer.page.goto(house.section("I"))
    expect(observer.page.locator("aside")).to_contain_text("The family and the council see this.")
    expect(observer.page.locator("main")).not_to_contain_text("Paper Lantern")


def test_sending_the_draft_while_a_parent_types_puts_the_reading_view_in_place(parent: Person, officer: Person) -> None:
    house = parent.house
    parent.open("B")
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    typed = type_until_closed(parent, move_stage(officer, "Send the draft"))
    reason = parent.page.locator("#lock-reason")
    expect(reason).to_contain_text("The draft has been sent to the family")
    expect(parent.page.locator(".ProseMirror[contenteditable=true]")).to_have_count(0)
    expect(parent.page.locator("#editor")).to_contain_text("Each entry is one need")
    aside = parent.page.locator("#kept-aside")
    durable = "\n".join(house.durable_blocks(officer, "B"))
    expect(parent.page.locator("#people-here, #caret-switch, #linked-items")).to_have_count(3)
    for gone in ("#people-here", "#caret-switch", "#linked-items"):
        expect(parent.page.locator(gone)).to_be_hidden()
    accounted(typed, durable, aside.inner_text() if aside.is_visible() else "")
    parent.page.reload()
    expect(parent.page.locator("#lock-reason")).to_contain_text("The draft has been sent to the family")
    expect(parent.page.locator("[contenteditable=true]")).to_have_count(0)


def test_words_whose_acknowledgement_never_came_are_not_kept_aside_when_they_are_in_the_plan(
    house: House, officer: Person
) -> None:
    """Acknowledgements are held back on their way; then the stage moves on."""
    move_stage(officer, "Go back to drafting").click()
    silent: list[bool] = []

    def hold(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def back(frame: bytes | str) -> None:
            # What follows the name of the document is the kind of the frame: 8 is an acknowledgement.
            # A ping or a pong names no document and is one byte long.
            if not (silent and isinstance(frame, bytes) and frame[1 + frame[0] :][:1] == b"\x08"):
                route.send(frame)

        server.on_message(back)

    parent = house.person("parent")
    parent.page.route_web_socket(re.compile(r"/live\?"), hold)
    parent.open("B")
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    silent.append(True)
    parent.type(" In the plan after all.")
    officer.open("B")
    officer.sees("In the plan after all.")
    silent.append(True)
    move_stage(officer, "Send the draft").click()
    expect(parent.page.locator("#editor")).to_contain_text("In the plan after all.")
    expect(parent.page.locator("#lock-reason")).to_be_visible()
    expect(parent.page.locator("#kept-aside")).to_be_hidden()


def test_only_the_signing_officer_finalises_and_only_then_the_council_writes_section_i(
    parent: Person, officer: Person
) -> None:
    house = parent.house
    officer.page.goto(f"{house.home}/stage")
    expect(officer.page.get_by_role("button", name="Start finalising")).to_have_count(0)
    signer = house.person("signing_officer")
    button = move_stage(signer, "Start finalising")
    button.click()
    expect(signer.page.get_by_role("alert")).to_contain_text("There is a problem")
    signer.page.locator("textarea").first.fill("The family asked in writing for the plan to be finished this week.")
    button.click()
    expect(signer.page.locator("main")).to_contain_text("Finalising")
    expect(signer.page.locator("main")).to_contain_text("Marcus Thornby")

    officer.open("I")
    officer.editor.click()
    officer.type("Paper Lantern Primary School, a mainstream primary school.")
    officer.wait_until_saved()
    parent.page.goto(house.section("I"))
    expect(parent.page.locator("#lock-reason")).to_contain_text("Section I is written by the council")
    expect(parent.page.locator("[contenteditable=true]")).to_have_count(0)
    expect(parent.page.locator("#section-text")).to_contain_text("Paper Lantern")
    officer.page.goto(house.section("B"))
    expect(officer.page.locator("[contenteditable=true]")).to_have_count(0)


def test_a_final_plan_is_locked_for_everybody_in_every_section(parent: Person, officer: Person) -> None:
    house = parent.house
    officer.open("I")
    signer = house.person("signing_officer")
    move_stage(signer, "Make this the final plan").click()
    expect(signer.page.locator("main")).to_contain_text("Final plan")
    expect(officer.page.locator("#lock-reason")).to_contain_text("final plan")
    expect(officer.page.locator("[contenteditable=true]")).to_have_count(0)
    for label in ("B", "I"):
        for somebody in (parent, officer, signer):
            somebody.page.goto(house.section(label))
            expect(somebody.page.locator("#lock-reason")).to_contain_text("This is the final plan")
            expect(somebody.page.locator("[contenteditable=true]")).to_have_count(0)
