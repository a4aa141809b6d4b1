"""A whole plan as a Word file, at any stage. Pure: values in, bytes out."""

from __future__ import annotations

from datetime import date

from server.documents.docx_write import word_file
from server.documents.paper_plan import plan_paper
from server.export import WholePlan


def plan_docx(whole: WholePlan, on: date) -> bytes:
    """The plan as .docx, dated ``on``: DRAFT on every page until it is final."""
    return word_file(plan_paper(whole, on))
