"""Copies to take away: the whole plan at any stage, and the working document of an appeal, in Word or as a PDF.

The same working document comes in the tribunal's key, in plain sentences, or as a schedule; every copy is audited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from sqlmodel import Session
from starlette.responses import Response

from server.acts import Office, Refused, audit
from server.auth import PersonDep
from server.codes import Code
from server.documents import pdf
from server.documents.docx_plan import plan_docx
from server.documents.working import WorkingDocument
from server.export import read_plan
from server.papers import Kind, Manner, made, named, on_paper
from server.plan_access import Standing
from server.redline.export_values import Copy, of_now, of_version
from server.redline.past import Asked
from server.redline.state import SectionState, read_section
from server.redline.versions import find
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand, done
from server.routes.working_versions import NO_VERSION, Past, asked
from server.typed import LARGEST_ID

router = APIRouter(include_in_schema=False)


MEDIA = {
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.PDF: "application/pdf",
}
Format = Annotated[Kind, Query(alias="format")]
Version = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
_NOT_DISPUTED = Refused(Code.UNKNOWN_DOCUMENT, "None of these sections is in dispute. Choose one that is.")


def attachment(content: bytes, kind: Kind, name: str) -> Response:
    """The finished file, to be kept and not to be shown; nothing on the way stores it."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA[kind], headers=headers)


@router.get("/plans/{plan_id}/download")
async def download_plan(standing: StandingDep, person: PersonDep, office: OfficeDep, kind: Format) -> Response:
    """The whole plan, as everybody on it can read it."""
    plan, on = standing.plan, standing.today
    whole = await office.store.aread(lambda db: read_plan(db, plan))
    make: Callable[[], bytes] = (
        (lambda: plan_docx(whole, on)) if kind is Kind.DOCX else (lambda: pdf.plan_pdf(whole, on))
    )
    content = done(await made(make))
    await _audit(office, person.person_id, plan.id, what="plan", format=kind.value)
    state = "" if plan.stage == "final" else " DRAFT"
    reference = "".join(one if one.isalnum() or one in "-_ " else "-" for one in plan.reference)
    return attachment(content, kind, f"EHC plan {reference}{state} {on.isoformat()}.{kind.value}")


@router.get("/plans/{plan_id}/working/download")
async def download_working(
    standing: StandingDep,
    person: PersonDep,
    office: OfficeDep,
    kind: Format,
    version: Version = None,
    past: Past = None,
    worded: bool = False,
    schedule: bool = False,
    colour: bool = False,
    fold: bool = False,
    sections: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """A version as it was frozen, or what is shared now."""
    demand(standing, "export_working")
    found = await asked(office, standing, past)
    wanted = tuple(label.strip() for label in sections.split(",") if label.strip())
    wd = await working_values(office, standing, found, version, Copy(office.settings.council, wanted, colour))
    if not wd.sections:
        raise TurnedAway(_NOT_DISPUTED)
    manner = Manner(worded=worded, schedule=schedule, fold=fold)
    content = done(await made(lambda: on_paper(wd, kind, manner)))
    detail = {"what": "working document", "format": kind.value, "appeal": found.id, "version": wd.version}
    await _audit(office, person.person_id, standing.plan.id, **detail)
    return attachment(content, kind, named(wd, kind, manner))


async def working_values(
    office: Office, standing: Standing, found: Asked, version: int | None, copy: Copy
) -> WorkingDocument:
    """What the copy is made from: a version's own bytes, or the state on disk now."""
    if version is not None:
        frozen = await office.store.aread(lambda db: find(db, found.id, version))
        if frozen is None:
            raise TurnedAway(NO_VERSION)
        return of_version(standing.plan, found.appeal, frozen, copy)
    states: list[SectionState] = [
        await read_section(office.store, office.live.registrar, standing.plan.id, found.id, section)
        for section in found.appeal.sections
    ]
    side = standing.access.party
    return of_now(standing.plan, found.appeal, states, copy, on=standing.today, side=side)


async def _audit(office: Office, who: str, plan_id: str, **detail: Any) -> None:
    def write(db: Session) -> None:
        audit(db, "exported", who, plan_id, **detail)

    await office.store.write(write)
