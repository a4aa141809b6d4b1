"""PDF: tagged for PDF/UA, made from the same paper as Word, in a process of its own with a time limit.

WeasyPrint needs the system library Pango and is loaded only there, so that the server runs without both. These
functions block until the PDF is made: call them in a thread. A finished page count is remembered by the content's hash.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from datetime import date

from server.documents.docx_schedule import schedule_paper
from server.documents.html_paper import paper_html
from server.documents.paper import Paper
from server.documents.paper_plan import plan_paper
from server.documents.paper_worded import worded_paper
from server.documents.paper_working import working_paper
from server.documents.pdf_worker import CANNOT_LOAD, COUNT, PDF
from server.documents.working import WorkingDocument
from server.export import WholePlan

SECONDS = 100.0
NO_PANGO = (
    "PDF cannot be made on this machine: the system library Pango is missing. "
    "Whoever looks after the server can install it (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0). Word and HTML work without it."
)
TOO_LONG = "The PDF took too long to make, so it was stopped. Try the Word file, or fewer sections."
NOT_MADE = "The PDF could not be made. The Word file has the same text."


class PdfNotMade(Exception):
    """No PDF, and why: the message is a sentence for the person who asked for it."""


def plan_pdf(whole: WholePlan, on: date) -> bytes:
    """The whole plan as a tagged PDF. May raise ``PdfNotMade``, as all here may."""
    return paper_pdf(plan_paper(whole, on))


def working_pdf(wd: WorkingDocument, *, fold: bool = False) -> bytes:
    """The working document in the key as a tagged PDF."""
    return paper_pdf(working_paper(wd, fold=fold))


def worded_pdf(wd: WorkingDocument) -> bytes:
    """The working document in plain sentences as a tagged PDF."""
    return paper_pdf(worded_paper(wd))


def schedule_pdf(wd: WorkingDocument) -> bytes:
    """The dispute schedule as a tagged PDF."""
    return paper_pdf(schedule_paper(wd))


def page_count(wd: WorkingDocument, *, fold: bool = False) -> int:
    """How many A4 pages the working document has now, at 12 point: made for real, remembered by content."""
    return html_pages(paper_html(working_paper(wd, fold=fold)))


def html_pages(html: str) -> int:
    """How many pages an HTML document has on paper."""
    digest = hashlib.sha256(html.encode("utf-8")).digest()
    found = _counts.get(digest)
    if found is None:
        found, _ = _made(html, COUNT, SECONDS)
        while len(_counts) >= _MOST_COUNTS:
            _counts.pop(next(iter(_counts)))
        _counts[digest] = found
    return found


def paper_pdf(paper: Paper) -> bytes:
    """One document as PDF."""
    return html_pdf(paper_html(paper))


def html_pdf(html: str, seconds: float = SECONDS) -> bytes:
    """HTML as PDF, made by a process that is stopped after so many seconds."""
    return _made(html, PDF, seconds)[1]


def _made(html: str, wanted: str, seconds: float) -> tuple[int, bytes]:
    command = [sys.executable, "-m", "server.documents.pdf_worker", wanted]
    try:
        with _turns:
            done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=seconds, check=False)  # noqa: S603  # our own program
    except subprocess.TimeoutExpired as late:
        raise PdfNotMade(TOO_LONG) from late
    if done.returncode == CANNOT_LOAD:
        raise PdfNotMade(NO_PANGO)
    pages, _, made = done.stdout.partition(b"\n")
    if done.returncode != 0 or not pages.isdigit():
        raise PdfNotMade(NOT_MADE)
    return int(pages), made


_turns = threading.BoundedSemaphore(2)
"""Two at once: more would only make each other late."""
_MOST_COUNTS = 256
_counts: dict[bytes, int] = {}
