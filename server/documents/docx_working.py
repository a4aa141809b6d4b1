"""A working document as Word files: in the tribunal's key, and in plain sentences. Pure: values in, bytes out."""

from __future__ import annotations

import re

from server.documents.docx_write import word_file
from server.documents.embedded import part_xml, tree_value
from server.documents.paper_worded import worded_paper
from server.documents.paper_working import working_paper
from server.documents.working import WorkingDocument

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def working_docx(wd: WorkingDocument, *, fold: bool = False) -> bytes:
    """The working document in the key, with its exact tree inside; ``fold`` shortens what is not in dispute."""
    return word_file(working_paper(wd, fold=fold), part_xml(tree_value(wd)))


def worded_docx(wd: WorkingDocument) -> bytes:
    """The same proposals as plain sentences, for people who do not see type styles."""
    return word_file(worded_paper(wd))


def file_name(wd: WorkingDocument, ending: str = "docx", what: str = "") -> str:
    """The file's name as the tribunal asks for it: ``EH123-26-00041 WD3 2026-11-22 Family.docx``."""
    appeal = _NOT_IN_NAMES.sub("-", wd.appeal_number).strip("-. ") or _NOT_IN_NAMES.sub("-", wd.reference)
    version = f"WD{wd.version}" if wd.version is not None else "WD not frozen"
    parts = (appeal, version, wd.on.isoformat(), wd.party_name, what)
    return f"{' '.join(part for part in parts if part)}.{ending}"
