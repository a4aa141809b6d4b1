"""Reading forms: plain values out, one sentence for each field that needs mending, and never an exception."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.forms import Form, date_values

TEXT = st.text(max_size=40)


@given(st.dictionaries(st.sampled_from(["x", "day", "x-day", "x-month", "x-year", "email"]), TEXT))
def test_any_form_is_read_without_an_exception(sent: dict[str, str]) -> None:
    form = Form(sent)
    line = form.line("x", missing="Enter it", most=10, what="It")
    day = form.day("x", "The day")
    email = form.email("email")
    assert "\n" not in line
    assert all(character.isprintable() for character in line)
    assert day is None or 1990 <= day.year <= 2100
    assert "email" in form.errors or "@" in email
    assert ("x" in form.errors) is (not line or len(form.raw("x")) > 10)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_date_shown_in_three_fields_reads_back(day: date) -> None:
    form = Form(date_values("x", day))
    assert (day, {}) == (form.day("x", "The day"), form.errors)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("", "3", "2027"), "The day must include a day"),
        (("", "", "2027"), "The day must include a day and a month"),
        (("31", "2", "2027"), "The day must be a real date, like 27 3 2026"),
        (("1", "1", "27"), "The day must be a real date, like 27 3 2026"),
        (("one", "1", "2027"), "The day must be a real date, like 27 3 2026"),
        (("٣", "1", "2027"), "The day must be a real date, like 27 3 2026"),
    ],
)
def test_a_date_that_is_none_says_what_to_do(parts: tuple[str, str, str], sentence: str) -> None:
    form = Form(dict(zip(("x-day", "x-month", "x-year"), parts, strict=True)))
    assert form.day("x", "The day") is None
    assert {"x-day": sentence} == form.errors


def test_files_and_other_odd_values_are_not_read() -> None:
    form = Form({"x": object(), "y": " a\r\nb\x00 "})
    assert "" == form.raw("x")
    assert "a\nb" == form.raw("y")
    assert "" == form.values["anything"]
