"""Four browsers, two of each side, with robots that act at once, online and offline: one text for everybody in the end.

What every screen shows is compared with what Python composes from the records on the server's disk, and the issued text
with itself. A run is known by its seed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError, expect

from sections.redline.baseline import Baseline, from_value, to_value
from sections.redline.compose import compose_records, texts
from sections.redline.records import records
from sections.redline.register import record_hash
from tests.browser.appeal_house import EXTRAS, HALF_WAY, PEOPLE_HALF_WAY, READS, AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.browser.person import SAVED
from tests.serving import serving

ROBOT = (Path(__file__).parent / "robot.js").read_text(encoding="utf-8")
WRITERS = ("parent", "advocate", "case_officer", "signing_officer")
SECTION = "F"
OFFLINE_STEPS = 10
WORKING_MS = 120_000
TOGETHER_MS = 30_000
SCREEN = f"""(extras) => [...document.querySelectorAll("#working .ProseMirror .app-rl-block")]
  .map((line) => [line.dataset.block, ({READS})([line.dataset.block, extras])])"""
SAME = f"([extras, wanted]) => JSON.stringify(({SCREEN})(extras)) === wanted"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppealHouse]:
    data = tmp_path_factory.mktemp("robots") / "data"
    with serving(data) as server, open_chromium() as browser:
        house = AppealHouse(server=server, browser=browser, kind=Drafter, reference=HALF_WAY, names=PEOPLE_HALF_WAY)
        house.drafter("parent").asks("/appeal/turn", {"to": "send"})
        yield house


def baseline_of(house: AppealHouse, somebody: Drafter) -> Baseline:
    found = from_value(house.records(somebody, SECTION)["baseline"])
    assert found is not None
    return found


def composed(house: AppealHouse, baseline: Baseline) -> list[list[str]]:
    """What a screen has to show, by Python, of the records on disk."""
    known = records(baseline, house.stored_layers(SECTION))
    lines = []
    for block in texts(compose_records(baseline, known)):
        runs: list[list[str]] = []
        for run in block.runs or ():
            sign = "+" if run.by else "-" if run.struck or (block.removed and not block.key) else ""
            if runs and runs[-1][0] == sign:
                runs[-1][1] += run.text
            elif run.text:
                runs.append([sign, run.text])
        lines.append([block.id, "".join(f"{sign}{words}{sign}" for sign, words in runs)])
    return lines


def hashes_on(house: AppealHouse, baseline: Baseline) -> dict[str, str]:
    known = records(baseline, house.stored_layers(SECTION))
    return {key: record_hash(baseline, record) for key, record in known.items()}


def let_robots_work(people: list[Drafter], seed: int, steps: int) -> None:
    """Each person's robot takes its steps, all at once."""
    for number, somebody in enumerate(people):
        somebody.page.evaluate("([seed, steps]) => window.robot(seed, steps)", [seed * 10 + number, steps])
    for somebody in people:
        somebody.page.wait_for_function("() => window.robotDone !== -1", polling=50, timeout=WORKING_MS)
        assert steps == somebody.page.evaluate("window.robotDone"), somebody.name


def all_is_one(house: AppealHouse, people: list[Drafter], baseline: Baseline) -> None:
    """Every screen, the disk and the register say the same, and the issued text is what it was."""
    for somebody in people:
        expect(somebody.save_line).to_have_text(SAVED, timeout=TOGETHER_MS)
    wanted = composed(house, baseline)
    said = json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))
    for somebody in people:
        try:
            somebody.page.wait_for_function(SAME, arg=[EXTRAS, said], polling=100, timeout=TOGETHER_MS)
        except TimeoutError:
            shown: list[list[str]] = somebody.page.evaluate(SCREEN, EXTRAS)
            assert wanted == shown, somebody.name
    screens = {hashlib.sha256(json.dumps(one.page.evaluate(SCREEN, EXTRAS)).encode()).hexdigest() for one in people}
    assert 1 == len(screens)
    hashes = hashes_on(house, baseline)
    for somebody in people:
        answer: dict[str, Any] = house.records(somebody, SECTION)
        assert to_value(baseline) == answer["baseline"]
        for key, proposal in answer["proposals"].items():
            assert hashes[key] == proposal["hash"], key
        shown_keys = {key for key, proposal in answer["proposals"].items() if proposal["status"] != "withdrawn"}
        assert shown_keys <= hashes.keys()


def play(house: AppealHouse, seed: int, rounds: int, steps: int) -> None:
    people = [house.drafter(role) for role in WRITERS]
    for somebody in people:
        somebody.open_working(SECTION)
        somebody.page.evaluate(ROBOT)
    baseline = baseline_of(house, people[0])
    for turn in range(rounds):
        let_robots_work(people, seed + 2 * turn, steps)
        all_is_one(house, people, baseline)
        for somebody in people:
            somebody.context.set_offline(True)
        for somebody in people:
            expect(somebody.save_line).to_contain_text("Not connected", timeout=TOGETHER_MS)
        let_robots_work(people, seed + 2 * turn + 1, OFFLINE_STEPS)
        for somebody in people:
            somebody.context.set_offline(False)
        all_is_one(house, people, baseline)
    house.empty_out()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1])
def test_four_robots_online_and_offline_end_with_one_text_on_every_screen_and_on_disk(
    house: AppealHouse, seed: int
) -> None:
    play(house, seed, rounds=1, steps=30)


@pytest.mark.full_size
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 110))
def test_forty_rounds_of_four_robots_end_with_one_text_each(house: AppealHouse, seed: int) -> None:
    play(house, seed, rounds=4, steps=60)
    verified = house.server.alongside("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
