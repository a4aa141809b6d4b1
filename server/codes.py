"""The one list of refusals: code, HTTP status, WebSocket close code, and the sentence a person reads.

A refusal is a value. An exception with a code (``PlanError``) is for broken dependencies, and is mapped to an answer
here and nowhere else. Sentences blame nobody and say what happens next. Anyone in ``server`` may import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sections.redline.register import REFUSALS as REGISTER_REFUSALS


class Code(StrEnum):
    LOCKED = "locked"
    NOT_YOURS = "not-yours"
    NOT_ALLOWED = "not-allowed"
    NOT_ON_PLAN = "not-on-plan"
    SIGNED_OUT = "signed-out"
    MALFORMED = "malformed"
    GAP = "gap"
    TOO_BIG = "too-big"
    TOO_FAST = "too-fast"
    STALE_SCHEMA = "stale-schema"
    STALE_EPOCH = "stale-epoch"
    NOT_SAVED = "not-saved"
    UNKNOWN_DOCUMENT = "unknown-document"
    TOO_MANY = "too-many"
    BUSY = "busy"
    NOT_CURRENT = "not-current"
    NOT_ENTITLED = "not-entitled"
    WITHDRAWN = "withdrawn"
    OVERLAP = "overlap"
    ANSWER = "answer"
    REMOVED = "removed"
    PANEL = "panel"
    CLOSED = "closed"
    GROUPED = "grouped"
    UNDECIDED = "undecided"
    NOT_A_WORD_FILE = "not-a-word-file"


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one code is answered. ``close`` is the WebSocket close code when it ends the whole connection."""

    code: Code
    status: int
    close: int | None
    sentence: str


_ROWS: Final = (
    Refusal(
        Code.LOCKED, 409, None, "This section is locked at this stage, so it cannot be changed. You can still read it."
    ),
    Refusal(
        Code.NOT_YOURS,
        409,
        None,
        "This page is out of step with the plan. Your words are kept on this device; open the section again.",
    ),
    Refusal(
        Code.NOT_ALLOWED, 403, None, "Your role on this plan does not include this. You can still read the section."
    ),
    Refusal(
        Code.NOT_ON_PLAN,
        403,
        4403,
        "You do not have access to this plan. If you expected to, ask the council’s case officer.",
    ),
    Refusal(Code.SIGNED_OUT, 401, 4401, "You are signed out. Sign in again; your words are kept on this device."),
    Refusal(
        Code.MALFORMED,
        400,
        4403,
        "This could not be read, so nothing was changed. Your words are kept on this device; load the page again.",
    ),
    Refusal(Code.GAP, 409, None, "Something on the way here went missing. We are asking this device for it again."),
    Refusal(Code.TOO_BIG, 413, 1009, "This is too much at once. Paste it in smaller parts; nothing was changed."),
    Refusal(Code.TOO_FAST, 429, 4429, "Too many changes came at once. Wait a moment, then try again."),
    Refusal(
        Code.STALE_SCHEMA,
        409,
        None,
        "This page is older than the service. Load it again; your words are kept on this device.",
    ),
    Refusal(
        Code.STALE_EPOCH,
        409,
        None,
        "The plan was put back to an earlier copy. Your words that are not in it are kept on this device.",
    ),
    Refusal(
        Code.NOT_SAVED, 503, None, "This was not saved. Your words are kept on this device, and we will try again."
    ),
    Refusal(
        Code.UNKNOWN_DOCUMENT, 404, None, "There is no such section. Go back to the plan and choose one from the list."
    ),
    Refusal(
        Code.TOO_MANY, 429, 4429, "You have too many pages of this service open. Close one, then load this page again."
    ),
    Refusal(Code.BUSY, 503, 4408, "The connection could not keep up. We will connect this page again in a moment."),
    *(
        Refusal(Code(code), 403 if code == Code.NOT_ENTITLED else 409, None, sentence)
        for code, sentence in REGISTER_REFUSALS.items()
    ),
    Refusal(
        Code.GROUPED, 409, None, "This change has several parts that were made together. Decide on all of them at once."
    ),
    Refusal(
        Code.UNDECIDED,
        409,
        None,
        "Some proposals are not decided yet. Record what the tribunal said about each.",
    ),
    Refusal(
        Code.NOT_A_WORD_FILE,
        422,
        None,
        "This file could not be read as a Word document. Save it as .docx, then try again.",
    ),
)

REFUSALS: Final = MappingProxyType({row.code: row for row in _ROWS})


def refusal(code: str) -> Refusal:
    """The row of a code; a code nobody knows is a bug, and raises ``ValueError``."""
    return REFUSALS[Code(code)]


class PlanError(Exception):
    """The root of this product's exceptions: something we depend on is broken, and the code says how to answer."""

    code: Code = Code.BUSY

    @property
    def refusal(self) -> Refusal:
        return REFUSALS[self.code]
