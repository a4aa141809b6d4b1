"""Tribunal working days: the days that do not count, checked against published dates, and counting there and back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  # the one Hypothesis profile
from sections.tribunal_clock import (
    FIRST_YEAR,
    LAST_YEAR,
    add_working_days,
    countdown,
    is_working_day,
    next_working_day,
    working_days_between,
)

days = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
counts = st.integers(0, 60)

# Bank holidays in England as published by the government, without those the other rules already leave out.
PUBLISHED = [
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 4),
    date(2026, 5, 25),
    date(2027, 3, 26),
    date(2027, 3, 29),
    date(2027, 5, 3),
    date(2027, 5, 31),
    date(2028, 1, 3),
    date(2028, 4, 14),
    date(2028, 4, 17),
    date(2028, 5, 1),
    date(2028, 5, 29),
]


def test_in_three_known_years_exactly_these_days_do_not_count() -> None:
    closed = {
        day
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1))
        if day.weekday() < 5
        and day.month != 8
        and not ((day.month, day.day) >= (12, 25) or (day.month, day.day) == (1, 1))
    }
    assert PUBLISHED == sorted(day for day in closed if not is_working_day(day))


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2027, 1, 4), True),
        (date(2026, 7, 31), True),
        (date(2026, 8, 3), False),
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2022, 9, 19), False),
        (date(2023, 5, 8), False),
    ],
)
def test_a_day_counts_or_does_not(day: date, counts: bool) -> None:
    assert counts == is_working_day(day)


@pytest.mark.parametrize(
    ("due", "in_time"),
    [
        (date(2026, 12, 25), date(2027, 1, 4)),
        (date(2026, 8, 1), date(2026, 9, 1)),
        (date(2027, 8, 31), date(2027, 9, 1)),
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 4, 3), date(2026, 4, 7)),
        (date(2026, 11, 25), date(2026, 11, 25)),
    ],
)
def test_what_is_due_on_a_day_that_does_not_count_is_in_time_on_the_next(due: date, in_time: date) -> None:
    assert in_time == next_working_day(due)


def test_working_days_are_counted_from_the_day_after() -> None:
    assert date(2027, 1, 5) == add_working_days(date(2026, 12, 23), 3)
    assert date(2026, 12, 21) == add_working_days(date(2027, 1, 11), -9)
    assert 3 == working_days_between(date(2026, 12, 23), date(2027, 1, 5))
    assert -3 == working_days_between(date(2027, 1, 5), date(2026, 12, 23))
    assert 0 == working_days_between(date(2026, 8, 1), date(2026, 8, 31))


@given(days)
def test_a_day_that_never_counts_never_counts(day: date) -> None:
    if day.weekday() >= 5 or day.month == 8 or (day.month, day.day) >= (12, 25) or (day.month, day.day) == (1, 1):
        assert not is_working_day(day)


@given(days, counts)
def test_so_many_days_on_is_so_many_days_between(day: date, count: int) -> None:
    later = add_working_days(day, count)
    assert count == working_days_between(day, later)
    assert count == 0 or is_working_day(later)


@given(days, counts)
def test_from_a_working_day_there_and_back_is_where_one_began(day: date, count: int) -> None:
    start = next_working_day(day)
    assert start == add_working_days(add_working_days(start, count), -count)
    assert count == working_days_between(add_working_days(start, -count), start)


@given(days, st.integers(0, 400), st.integers(0, 400))
def test_days_between_add_up(day: date, one: int, two: int) -> None:
    middle, end = day + timedelta(days=one), day + timedelta(days=one + two)
    assert working_days_between(day, end) == working_days_between(day, middle) + working_days_between(middle, end)
    assert working_days_between(day, end) == -working_days_between(end, day)


@given(days)
def test_the_next_working_day_is_the_first_that_counts(day: date) -> None:
    found = next_working_day(day)
    assert is_working_day(found)
    assert not any(is_working_day(day + timedelta(days=n)) for n in range((found - day).days))


@given(days, st.integers(-40, 40))
def test_a_countdown_says_the_day_and_how_many_are_left(today: date, ahead: int) -> None:
    said = countdown(today, today + timedelta(days=ahead))
    assert said.due == next_working_day(today + timedelta(days=ahead))
    assert (said.state == "passed") == (today > said.due)
    assert (said.state == "today") == (today == said.due)
    assert said.sentence.endswith(".")
    assert str(said.due.year) in said.sentence
    assert said.state != "coming" or said.working_days > 0


@pytest.mark.parametrize(
    ("today", "filing", "words"),
    [
        (
            date(2026, 12, 21),
            date(2027, 1, 5),
            "5 tribunal working days left to file the working document, by 5 pm on 5 January 2027.",
        ),
        (
            date(2027, 1, 4),
            date(2027, 1, 5),
            "1 tribunal working day left to file the working document, by 5 pm on 5 January 2027.",
        ),
        (date(2027, 1, 5), date(2027, 1, 5), "The working document must be filed today, 5 January 2027, by 5 pm."),
        (date(2027, 1, 6), date(2027, 1, 5), "The day to file the working document was 5 January 2027."),
        (
            date(2027, 7, 30),
            date(2027, 8, 10),
            "1 tribunal working day left to file the working document, by 5 pm on 1 September 2027."
            " 10 August 2027 is no working day for the tribunal, so the next one is in time.",
        ),
    ],
)
def test_the_countdown_reads_plainly(today: date, filing: date, words: str) -> None:
    assert words == countdown(today, filing).sentence


@pytest.mark.parametrize("day", [date(1900, 5, 7), date(2101, 4, 15), date(9999, 12, 24)])
def test_beyond_the_known_years_only_bank_holidays_are_not_known(day: date) -> None:
    assert is_working_day(day) == (day.weekday() < 5)
