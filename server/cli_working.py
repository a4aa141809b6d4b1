"""``alongside export --working-document``: the working document of an appeal from a store, beside a running server.

It reads what is committed and changes nothing; what the register has not seen yet is said on standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from server.cli_store import give_up
from server.day import today

if TYPE_CHECKING:
    from sqlmodel import Session

    from server.documents.working import WorkingDocument
    from server.tables import Plan

NOW = "now"
_BEHIND = "Note: somebody is writing. What came in the last moments is not in this file."


@dataclass(frozen=True, slots=True)
class WantedCopy:
    """What was asked for on the command line. ``version``: ``now``, or the number of a version."""

    version: str
    sections: str
    colour: bool
    worded: bool
    format: str
    council: str


def working_copy(db: Session, plan: Plan, wanted: WantedCopy) -> tuple[str, bytes]:
    """The file's name and its bytes."""
    from server.documents.pdf import PdfNotMade
    from server.papers import Kind, Manner, named, on_paper

    if wanted.format not in [kind.value for kind in Kind]:
        give_up("A working document is written as docx or pdf: add --format docx, or --format pdf.")
    kind, manner = Kind(wanted.format), Manner(worded=wanted.worded)
    wd = _values(db, plan, wanted)
    try:
        return named(wd, kind, manner), on_paper(wd, kind, manner)
    except PdfNotMade as why:
        give_up(str(why))


def _values(db: Session, plan: Plan, wanted: WantedCopy) -> WorkingDocument:
    from server.redline.beside import state_beside
    from server.redline.export_values import Copy, of_now, of_version
    from server.redline.past import asked_for
    from server.redline.versions import find, versions_of

    found = asked_for(db, plan.id)
    if found is None:
        give_up("No appeal was ever opened about this plan, so it has no working document.")
    labels = tuple(label.strip().upper() for label in wanted.sections.split(",") if label.strip())
    if strange := [label for label in labels if label not in found.appeal.sections]:
        give_up(f"Not in dispute: {', '.join(strange)}. In dispute: {', '.join(found.appeal.sections)}.")
    copy = Copy(wanted.council, labels, wanted.colour)
    if wanted.version == NOW:
        states = []
        for section in found.appeal.sections:
            state, behind = state_beside(db, plan.id, found.id, section)
            states.append(state)
            if behind:
                typer.echo(_BEHIND, err=True)
        return of_now(plan, found.appeal, states, copy, on=today(), side="authority")
    number = int(wanted.version) if wanted.version.isascii() and wanted.version.isdigit() else 0
    version = find(db, found.id, number) if number else None
    if version is None:
        known = ", ".join(str(one.number) for one in reversed(versions_of(db, found.id)))
        have = f"The versions are: {known}." if known else "There is no version yet."
        give_up(f"There is no version {wanted.version} of the working document. {have} For what is there now: {NOW}.")
    return of_version(plan, found.appeal, version, copy)
