"""Reading HTML forms: plain values out, and one sentence for each field that needs mending.

The sentences say what to do. Field ids and error keys are the same, so that the error summary can link to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from pydantic import EmailStr, TypeAdapter, ValidationError
from starlette.requests import Request

from server.typed import clean_line, clean_text, usable_day

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)


class Form:
    """One sent form. Read fields in the order they stand on the page, then look at ``errors``."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {key: value for key, value in values.items() if isinstance(value, str)}
        self.errors: dict[str, str] = {}

    @classmethod
    async def read(cls, request: Request, *, most: int = 100) -> Form:
        """The form of a request, of ``most`` fields; files are dropped, nothing asks for one."""
        async with request.form(max_files=0, max_fields=most) as sent:
            return cls(dict(sent))

    @property
    def values(self) -> Shown:
        """What was typed, for showing the form again; a field that was not sent is empty."""
        return Shown(self._values)

    def raw(self, name: str) -> str:
        """The field as typed, without blanks at its ends and without what nobody can see."""
        return clean_text(self._values.get(name, ""))

    def text(self, name: str, *, missing: str = "", most: int, what: str) -> str:
        """A line or some lines. ``missing`` is the sentence for an empty field; without one it may be empty."""
        value = self.raw(name)
        if not value and missing:
            self.errors[name] = missing
        elif len(value) > most:
            self.errors[name] = f"{what} must be {most} characters or fewer"
        return value

    def line(self, name: str, *, missing: str = "", most: int, what: str) -> str:
        """One line: anything that breaks it becomes a blank."""
        return clean_line(self.text(name, missing=missing, most=most, what=what))

    def choice(self, name: str, options: Collection[str], *, missing: str) -> str:
        """One of ``options``."""
        value = self.raw(name)
        if value not in options:
            self.errors[name] = missing
            return ""
        return value

    def email(self, name: str) -> str:
        """An e-mail address in lower case."""
        value = self.raw(name).lower()
        if not value:
            self.errors[name] = "Enter an e-mail address"
            return ""
        try:
            return _EMAIL.validate_python(value).lower()
        except ValidationError:
            self.errors[name] = "Enter an e-mail address in the correct format, like name@example.com"
            return value

    def day(self, name: str, what: str) -> date | None:
        """A date from three fields, ``name-day``, ``name-month`` and ``name-year``; all empty means none."""
        parts = [self.raw(f"{name}-{part}") for part in ("day", "month", "year")]
        if not any(parts):
            return None
        missing = [word for word, part in zip(("a day", "a month", "a year"), parts, strict=True) if not part]
        if missing:
            self.errors[f"{name}-day"] = f"{what} must include {' and '.join(missing)}"
            return None
        try:
            day, month, year = (
                int(part) if part.isascii() and part.isdigit() and len(part) <= 4 else 0 for part in parts
            )
            found = date(year, month, day)
        except ValueError:
            found = None
        if found is None or not usable_day(found):
            self.errors[f"{name}-day"] = f"{what} must be a real date, like 27 3 2026"
            return None
        return found


class Shown(dict[str, str]):
    """Values for a template; a field nobody sent is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def date_values(name: str, day: date | None) -> dict[str, str]:
    """A date as the three fields of ``Form.day``."""
    if day is None:
        return {}
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
