"""How every new block of one place would read was worked out with all the others: minutes for a thousand of them."""

from __future__ import annotations

import time

from sections.redline.baseline import Baseline, Block
from sections.redline.records import records
from sections.redline.views import readings

BASELINE = Baseline(1, "F", (Block("b1", "paragraph", {}, text="Ada has speech therapy."),))
NEW = {"type": "new", "kind": "p", "rank": "V", "on": 1}


def test_a_thousand_blocks_that_follow_one_another_read_as_their_words_at_once() -> None:
    layer = {
        f"r{number}": NEW | {"after": f"family:r{number - 1}" if number else "b1", "wording": f"Words {number}."}
        for number in range(1000)
    }
    known = records(BASELINE, {"family": layer})
    begun = time.process_time()
    found = readings(BASELINE, known, dict.fromkeys(known, "proposed"), known)
    assert time.process_time() - begun < 10
    assert found == {f"family:r{number}": (f"Words {number}.",) for number in range(1000)}


def test_blocks_in_a_circle_read_as_nothing() -> None:
    layer = {f"r{number}": NEW | {"after": f"family:r{(number + 1) % 9}", "wording": "Words."} for number in range(9)}
    known = records(BASELINE, {"family": layer})
    assert set(readings(BASELINE, known, dict.fromkeys(known, "proposed"), known).values()) == {()}
