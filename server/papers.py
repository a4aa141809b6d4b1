"""Making files that take a while: which, under which name, and off the event loop with only so many waiting.

Word files are made in the thread, PDFs by a process it starts. What cannot be made is told in a sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sections.appeal import file_name
from server.acts import Refused
from server.codes import Code
from server.documents import docx_schedule, docx_working, pdf
from server.documents.pdf import PdfNotMade
from server.documents.working import WorkingDocument

T = TypeVar("T")

_AT_ONCE = 2
_MOST_WAITING = 8
_THREADS = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="papers")
_BUSY = Refused(Code.BUSY, "Many copies are being made at the moment. Try again in a minute.")


class Kind(StrEnum):
    """What a copy can be."""

    DOCX = "docx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a working document is put on paper."""

    worded: bool = False
    schedule: bool = False
    fold: bool = False

    @property
    def said(self) -> str:
        """What stands in the file's name beside the version."""
        return "schedule" if self.schedule else "in words" if self.worded else ""


def on_paper(wd: WorkingDocument, kind: Kind, manner: Manner) -> bytes:
    """The file. Takes a while: not for the event loop. May raise ``PdfNotMade``."""
    word = kind is Kind.DOCX
    if manner.schedule:
        return docx_schedule.schedule_docx(wd) if word else pdf.schedule_pdf(wd)
    if manner.worded:
        return docx_working.worded_docx(wd) if word else pdf.worded_pdf(wd)
    make = docx_working.working_docx if word else pdf.working_pdf
    return make(wd, fold=manner.fold)


def named(wd: WorkingDocument, kind: Kind, manner: Manner) -> str:
    """The file's name as the tribunal asks for it, with what kind of copy it is, unless it is the usual one."""
    name = file_name(wd.appeal_number, wd.version, wd.on, wd.party, kind.value)
    stem, _, ending = name.rpartition(".")
    return f"{stem} {manner.said}.{ending}" if manner.said else name


class _Queue:
    """How many have asked and not been answered."""

    waiting = 0


async def made(make: Callable[[], T]) -> T | Refused:
    """The finished file (or whatever ``make`` gives), or why there is none now."""
    if _Queue.waiting >= _MOST_WAITING:
        return _BUSY
    _Queue.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, make)
    except PdfNotMade as why:
        return Refused(Code.BUSY, str(why))
    finally:
        _Queue.waiting -= 1
