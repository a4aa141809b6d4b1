"""The dates of an appeal, worked by hand from a calendar, each with its source and how sure it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  # the one Hypothesis profile
from sections.appeal_dates import _checked, appeal_date, appeal_dates, issue_by
from sections.catalogue import LABELS, BadRules, rules_file
from sections.facts import AppealFacts
from sections.tribunal_clock import is_working_day
from tests.sections.test_catalogue import rows_of

TODAY = date(2026, 11, 22)
APPEAL = AppealFacts(
    "EH123/26/00041",
    ("B", "F", "I"),
    sent_on=date(2026, 11, 16),
    filing_on=date(2027, 1, 23),
    hearing_on=date(2027, 2, 8),
)


def due(appeal: AppealFacts) -> dict[str, date]:
    return {one.key: one.due for one in appeal_dates(appeal, TODAY)}


def test_before_an_order_these_are_the_dates() -> None:
    assert {
        "response": date(2027, 1, 5),  # 28 days before Christmas, then 4 and 5 January
        "bundle": date(2027, 1, 25),
        "filing": date(2027, 1, 25),  # the directions name a Saturday
        "hearing": date(2027, 2, 8),
    } == due(APPEAL)


def test_without_directions_the_usual_filing_date_is_shown_as_usual() -> None:
    found = appeal_date(replace(APPEAL, filing_on=None), "filing_usual", TODAY)
    assert found is not None
    assert (date(2027, 1, 25), True) == (found.due, found.usual)
    assert "the tribunal’s letter says which day" in found.sentence
    assert appeal_date(APPEAL, "filing_usual", TODAY) is None


@pytest.mark.parametrize(
    ("sections", "weeks"),
    [(("B", "F", "I"), 5), (("F",), 5), (("B", "I", "G"), 5), (("I",), 2), (("I", "C"), 2)],
)
def test_an_order_is_carried_out_in_five_weeks_or_two_for_placement_alone(
    sections: tuple[str, ...], weeks: int
) -> None:
    ordered = date(2027, 3, 1)
    appeal = replace(APPEAL, sections=sections, ordered_on=ordered)
    assert ordered + timedelta(weeks=weeks) == issue_by(appeal)
    key, other = ("order_contents", "order_placement") if weeks == 5 else ("order_placement", "order_contents")
    assert due(appeal)[key] == issue_by(appeal)
    assert other not in due(appeal)
    assert ("recommendation" in due(appeal)) == bool({"G", "C"} & set(sections))


def test_without_an_order_there_is_nothing_to_issue() -> None:
    assert issue_by(APPEAL) is None


def test_what_was_not_read_in_a_source_says_so() -> None:
    appeal = replace(APPEAL, sections=("F", "G"), ordered_on=date(2026, 11, 20))
    found = {one.key: one.basis for one in appeal_dates(appeal, TODAY)}
    assert {"recommendation"} == {key for key, basis in found.items() if basis == "background"}
    assert all(one.source for one in appeal_dates(appeal, TODAY))


@pytest.mark.parametrize(
    ("today", "state", "words"),
    [
        (date(2027, 1, 4), "coming", "Due by 5 January 2027."),
        (date(2027, 1, 5), "today", "Due today, 5 January 2027."),
        (date(2027, 1, 6), "passed", "This was due by 5 January 2027."),
    ],
)
def test_a_date_says_whether_it_has_come(today: date, state: str, words: str) -> None:
    found = appeal_date(APPEAL, "response", today)
    assert found is not None
    assert state == found.state
    assert found.sentence.startswith(words)
    hearing = appeal_date(APPEAL, "hearing", today)
    assert hearing is not None
    assert "On 8 February 2027." == hearing.sentence


@pytest.mark.parametrize("wrong", [{"runs_from": "posted_on"}, {"runs_from": "sent_on", "for": ["Z"]}])
def test_a_date_that_runs_from_something_unknown_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(BadRules, match="unknown"):
        _checked([{"key": "x", **wrong}])


maybe = st.none() | st.dates(date(2000, 1, 1)) | st.sampled_from([date.min, date.max])


@given(st.lists(st.sampled_from(LABELS), max_size=6).map(tuple), maybe, maybe, maybe, maybe)
def test_any_dates_give_a_list_in_order(
    sections: tuple[str, ...], sent: date | None, filing: date | None, hearing: date | None, ordered: date | None
) -> None:
    appeal = AppealFacts("", sections, sent, filing, hearing, ordered)
    found = appeal_dates(appeal, TODAY)
    assert sorted(one.due for one in found) == [one.due for one in found]
    for one in found:
        assert one.sentence.endswith(".")
        assert one.key not in ("response", "filing", "filing_usual", "bundle") or is_working_day(one.due)


@pytest.mark.parametrize("row", rules_file("appeal.toml")["dates"], ids=lambda row: row["key"])
def test_the_page_for_people_lists_every_date(row: dict[str, str]) -> None:
    assert [row["key"]] == [found[1] for found in rows_of("An appeal") if found[1] == row["key"]]
