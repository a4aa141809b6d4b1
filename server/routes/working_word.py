"""Taking a Word file back: choosing it, looking at what was read, and taking up what is ticked. Pages and API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette import status
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from server.acts import Refused
from server.auth import PersonDep
from server.codes import Code
from server.forms import Form
from server.pages import render
from server.plan_access import Standing
from server.redline.desk import NO_APPEAL
from server.redline.versions import newest
from server.redline.word import Reviewed, keep_file, review, take_up
from server.routes.api_plans import Strict, problems
from server.routes.api_working import Hash
from server.routes.asking import OfficeDep, RowId, StandingDep, TurnedAway, demand, done
from server.settings import MIB
from server.working_pages.word import WordUpload
from server.working_versions import version_lines
from server.working_word import review_page

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/plans/{plan_id}/appeal/word", tags=["working document"])

_CHOOSE = Refused(Code.MALFORMED, "Choose a Word file.", "file")
_SIDE_NAMES = {"family": "Family", "authority": "Council"}
_MOST_ROWS = 5_000


def _may(standing: Standing) -> int:
    demand(standing, "take_word")
    if standing.appeal is None:
        raise TurnedAway(NO_APPEAL)
    return standing.appeal.id


async def _file(request: Request) -> tuple[str, bytes] | Refused:
    """The file of a form: its name and its bytes. The edge has bounded how many there can be."""
    async with request.form(max_files=1, max_fields=4) as sent:
        file = sent.get("file")
        if not isinstance(file, UploadFile):
            return _CHOOSE
        data = await file.read()
        return (file.filename or "", data) if data else _CHOOSE


async def _upload_page(request: Request, standing: Standing, office: OfficeDep, errors: dict[str, str]) -> Response:
    appeal_id = _may(standing)

    def read(db: Session) -> WordUpload:
        last = newest(db, appeal_id)
        lines = version_lines(db, standing.plan.id, [] if last is None else [last])
        return WordUpload(
            standing.plan,
            lines[0] if lines else None,
            office.settings.word_bytes // MIB,
            _SIDE_NAMES.get(standing.access.party, ""),
        )

    page = await office.store.aread(read)
    return render(request, "working/word_upload.html", status=422 if errors else 200, page=page, errors=errors)


@router.get("/plans/{plan_id}/working/word")
async def word_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Where a Word file is chosen."""
    return await _upload_page(request, standing, office, {})


@router.post("/plans/{plan_id}/working/word")
async def bring(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Keeps the file and goes on to what was read in it."""
    _may(standing)
    file = await _file(request)
    kept = file if isinstance(file, Refused) else await keep_file(office, person, standing.plan.id, *file)
    if isinstance(kept, Refused):
        if kept.field:
            return await _upload_page(request, standing, office, {kept.field: kept.field_words})
        raise TurnedAway(kept)
    return RedirectResponse(f"/plans/{standing.plan.id}/working/word/{kept.id}", status_code=303)


@router.get("/plans/{plan_id}/working/word/{upload}")
async def look(
    request: Request, upload: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> Response:
    """What was read. Nothing is written before somebody has chosen."""
    reviewed = done(await review(office, person, standing.plan.id, upload))
    return render(request, "working/word_review.html", page=review_page(standing, reviewed))


@router.post("/plans/{plan_id}/working/word/{upload}")
async def take(
    request: Request, upload: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Takes up what is ticked."""
    form = await Form.read(request, most=_MOST_ROWS)
    chosen = [name for name, value in form.values.items() if value == "yes"]
    taken = await take_up(office, person, standing.plan.id, upload, form.raw("reading"), chosen)
    if isinstance(taken, Refused) and taken.field:
        reviewed = done(await review(office, person, standing.plan.id, upload))
        page, errors = review_page(standing, reviewed), {taken.field: taken.field_words}
        return render(request, "working/word_review.html", status=422, page=page, errors=errors)
    done(taken)
    return RedirectResponse(f"/plans/{standing.plan.id}/working", status_code=303)


class ChoiceOut(BaseModel):
    """One thing that can be taken up."""

    choice: str
    kind: str = Field(description="read, unmarked (changed without marking), or evidence")
    section: str
    place: str
    what: str
    stale: bool = Field(description="Changed here after the file was made.")
    records: list[str] = Field(description="The keys of the proposals it would write.")


class ReadingOut(BaseModel):
    """What was read in a Word file. Nothing is written yet."""

    id: int
    reading: str = Field(description="Send this with what you take up.")
    version: int | None
    choices: list[ChoiceOut]
    not_placed: list[str]
    others: list[str] = Field(description="How the file shows the other side's words otherwise than they are.")
    notes: list[str]


class TakeIn(Strict):
    """What to take up, and the reading it was chosen from."""

    reading: Hash
    choices: list[Annotated[str, Field(pattern="^(take|unmarked|evidence)-[0-9]{1,6}$")]] = Field(
        min_length=1, max_length=_MOST_ROWS
    )


class TakenOut(BaseModel):
    """How many were taken up."""

    taken: int


def _reading_out(standing: Standing, reviewed: Reviewed) -> ReadingOut:
    page = review_page(standing, reviewed)
    return ReadingOut(
        id=reviewed.upload.id or 0,
        reading=reviewed.shown,
        version=page.version,
        choices=[
            ChoiceOut(
                choice=row.field,
                kind=row.kind,
                section=row.section,
                place=row.place,
                what=row.what,
                stale=row.kind == "read" and not row.ticked,
                records=[record.key for record in row.records] or [row.key],
            )
            for row in reviewed.rows
        ],
        not_placed=list(page.lost),
        others=list(page.others),
        notes=[*page.notes, *page.still],
    )


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@api.post("", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 413, 422, 503), openapi_extra=_BODY)
async def post_word(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> ReadingOut:
    """Bring a Word file back, as the field `file`. Answers what was read; nothing is written."""
    _may(standing)
    kept = done(await keep_file(office, person, standing.plan.id, *done(await _file(request))))
    return _reading_out(standing, done(await review(office, person, standing.plan.id, kept.id or 0)))


@api.post("/{upload}", responses=problems(403, 404, 409, 422, 503))
async def post_take(
    upload: RowId, body: TakeIn, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> TakenOut:
    """Make what you chose your side's proposals, if the text still is as you saw it."""
    return TakenOut(taken=done(await take_up(office, person, standing.plan.id, upload, body.reading, body.choices)))
