"""How passages would read: worked out near each proposal, and the same as from the whole section."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sections.redline.apply import resolved
from sections.redline.baseline import Baseline
from sections.redline.records import Record, records
from sections.redline.register import Status
from sections.redline.views import readings, reads_as
from tests.sections.redline.making import baselines, honest_layers

STATUSES: tuple[Status, ...] = ("proposed", "agreed", "ordered", "not agreed")


def from_the_whole(
    baseline: Baseline, known: Mapping[str, Record], standing: Mapping[str, Status], key: str
) -> tuple[str, ...]:
    settled = [other for other, now in standing.items() if now in ("agreed", "ordered") and other != key]
    before = {block.id: block.text for block in resolved(baseline, known, settled).texts()}
    after = resolved(baseline, known, [*settled, key])
    return tuple(block.text or "" for block in after.texts() if before.get(block.id) != block.text)


@given(seed=st.integers(0, 2**32), which=st.integers(0, len(baselines()) - 1))
def test_readings_are_those_of_the_whole_section(seed: int, which: int) -> None:
    rng = Random(seed)
    baseline = baselines()[which]
    known = records(baseline, honest_layers(rng, baseline, rng.randint(1, 12)))
    standing: dict[str, Status] = {key: rng.choice(STATUSES) for key in known}
    found = readings(baseline, known, standing, known)
    for key in known:
        assert from_the_whole(baseline, known, standing, key) == found[key]
        assert reads_as(baseline, known, standing, key) == found[key]
