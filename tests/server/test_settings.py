"""Every setting is documented, with its default, where whoever runs the server will look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings, unknown_names

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_own_words(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `ALONGSIDE_{name.upper()}` |"))
    first_words = " ".join(field.description.split()[:6])
    assert first_words in row
    default = field.default
    shown = "(empty)" if default in (None, "") else str(default).lower() if isinstance(default, bool) else str(default)
    assert shown in row


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"ALONGSIDE_([A-Z0-9_]+)", PAGE))
    assert documented == {name.upper() for name in Settings.model_fields}


NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_is_taken_that_is_too_small_to_work_with(name: str) -> None:
    with pytest.raises(ValidationError, match="greater than"):
        Settings.model_validate({name: -1})


def test_what_is_not_given_is_within_its_own_limits() -> None:
    assert Settings() == Settings.model_validate(Settings().model_dump())


@pytest.mark.parametrize("minutes", [0, 1, 2])
def test_a_live_token_lasts_long_enough_to_be_renewed_in_time(minutes: int) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 3"):
        Settings(live_token_minutes=minutes)
    assert 3 == Settings(live_token_minutes=3).live_token_minutes


def test_a_log_level_is_one_of_five_however_it_is_written() -> None:
    assert "warning" == Settings.model_validate({"log_level": "WARNING"}).log_level
    with pytest.raises(ValidationError):
        Settings.model_validate({"log_level": "loud"})


def test_names_that_are_no_settings_are_found_and_those_of_building_and_testing_are_not() -> None:
    environment = ["ALONGSIDE_PORT", "alongside_host", "ALONGSIDE_PROT", "ALONGSIDE_SKIP_BROWSER_BUILD", "PATH"]
    assert ["ALONGSIDE_PROT"] == unknown_names([*environment, "ALONGSIDE_TEST_CHROMIUM"])
