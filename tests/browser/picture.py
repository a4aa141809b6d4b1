"""Makes the README's picture from the running demo: ``python -m tests.browser.picture docs/screen.png``.

Starts its own demo server and three browsers: a parent who is writing a new need in section B, the advocate beside her
as onlooker, and the case officer whose caret stands in the text. What is in the picture is the real screen.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FloatRect, ViewportSize, expect

from tests.browser.chromium import open_chromium
from tests.browser.house import House
from tests.serving import serving

SIZE: ViewportSize = {"width": 1280, "height": 960}
CROP: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 938}


def take(path: Path) -> None:
    """Writes the picture to ``path``."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "store" / "data") as server,
        open_chromium() as browser,
    ):
        house = House(server=server, browser=browser)
        parent = house.person("parent", SIZE)
        officer = house.person("case_officer", SIZE)
        advocate = house.person("advocate", SIZE)
        for somebody in (advocate, officer, parent):
            somebody.open("B")
        parent.write_after(parent.item("B1").locator("p").first, " At home we draw each step, and he ticks it off.")
        parent.wait_until_saved()
        advocate.caret_to_end_of(advocate.item("B4").locator("p").first)
        advocate.type(" ")
        expect(parent.page.locator("#people-here")).to_contain_text("Bridget Oakmere, advocate")
        officer.editor.locator("> p").nth(1).click(position={"x": 4, "y": 8})
        officer.press("Home")
        officer.type("Everybody who teaches him says this")
        parent.sees("Everybody who teaches him says this")
        expect(parent.page.locator("#people-here")).to_contain_text("Dev Pellow, case officer (typing)")
        parent.page.evaluate("window.scrollTo(0, 0)")
        parent.wait_until_saved()
        officer.type(". ")
        expect(parent.page.locator(".caret-words").first).to_have_css("opacity", "1")
        expect(parent.page.locator(".caret-words").first).to_contain_text("Dev Pellow, case officer")
        parent.page.screenshot(path=path, clip=CROP)
        house.empty_out()


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screen.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    take(path)
    print(f"{path}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
