"""Every setting is documented, with its default, where whoever runs the server will look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.settings import Settings

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
