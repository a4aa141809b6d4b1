"""An act of the second example that does not fit the text, or comes out of order, does not load."""

from __future__ import annotations

from typing import Any

import pytest

from sections.catalogue import BadRules
from sections.example_appeal.finding import fields_of, ghost
from sections.example_appeal.script import play
from sections.redline.baseline import freeze
from sections.redline.records import normalise
from tests.sections.check_example_appeal import PLAN, TODAY


def test_offsets_behind_an_emoji_are_counted_as_browsers_count() -> None:
    baseline = freeze(
        {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": "🚀 é and on"}]}]}, "F", 1
    )
    row = {"section": "F", "id": "x", "in": "F, paragraph 1", "strike": "é"}

    fields = fields_of(baseline, "family", row, None)

    assert (3, 4, 4) == (fields["from"], fields["to"], fields["at"])


def test_whatever_was_proposed_is_a_dead_record_once_it_is_withdrawn() -> None:
    for label, sides in PLAN.layers.items():
        for side, layer in sides.items():
            for record_id, fields in layer.items():
                withdrawn = ghost(fields)
                record = normalise(PLAN.baselines[label], side, record_id, withdrawn)
                assert record is not None
                assert not record.live
                assert ghost(withdrawn) == withdrawn


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"in": "F1, How often", "strike": "Never written"}, "0 times"),
        ({"in": "F2, What", "strike": "shows the"}, "2 times"),
        ({"in": "F2, What", "strike": ""}, "0 times"),
        ({"in": "F9, What", "strike": "An adult"}, "no place"),
        ({"in": "F, table 1", "strike": "An adult"}, "no words"),
        ({"in": "F2, What", "strike": "An adult", "group": "g h"}, "no live record"),
        ({"in": "F2, What", "strike": "An adult", "to": "A person"}, "no meaning"),
        ({"new": "tr", "below": "F1", "words": {"frequency": "Daily"}}, "w_frequency"),
        ({"new": "poem", "below": "F1", "words": {"wording": "Roses"}}, "no kind"),
        ({"new": "p", "below": "F1", "words": {}}, "no live record"),
        ({"remove": "F1, title"}, "no live record"),
        ({}, "neither where nor what"),
    ],
)
def test_an_act_that_does_not_fit_the_text_does_not_load(row: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRules, match=said):
        fields_of(PLAN.baselines["F"], "family", {"section": "F", "id": "x", **row}, None)


FIRST = {"day": -2, "by": "dev", "do": "propose", "section": "F", "id": "x", "remove": "F1", "ends": "proposed"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([FIRST, FIRST], "cannot propose"),
        ([{**FIRST, "do": "change"}], "cannot change"),
        ([{**FIRST, "do": "withdraw"}], "cannot withdraw"),
        ([{**FIRST, "counters": "family:y"}], "not there yet"),
        ([{"day": -2, "by": "dev", "do": "confirm", "section": "F", "keys": ["family:y"]}], "not there yet"),
        ([FIRST, {**FIRST, "id": "y", "day": -40}], "after a later day"),
        ([{**FIRST, "do": "forget"}], "nobody can"),
    ],
)
def test_acts_out_of_order_do_not_load(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(BadRules, match=said):
        play(rows, TODAY, PLAN.baselines, {"dev": "authority"}, {})
