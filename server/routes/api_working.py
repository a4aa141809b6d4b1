"""The API for the working document of an appeal: one section at a time, decisions, evidence, turns and versions.

Wordings are written over the WebSocket at /live, each side in its own layer, and nowhere else.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from starlette import status

from sections.appeal import check_evidence
from sections.catalogue import LABELS
from server.acts import Refused
from server.auth import PersonDep
from server.codes import Code
from server.day import today
from server.redline import looks
from server.redline.answers import answer
from server.redline.appeals import Change, Opening, change_appeal, start_appeal
from server.redline.decisions import (
    DecisionAct,
    Source,
    Wanted,
    add_evidence,
    decide,
    give_reason,
    remove_evidence,
    withdraw,
)
from server.redline.desk import NO_APPEAL, see
from server.redline.tables import Appeal, WorkingVersion
from server.redline.turns import begin_turn, send_turn
from server.redline.versions import file_version, find, freeze_version, versions_of
from server.routes.api_plans import Strict, problems
from server.routes.asking import OfficeDep, RowId, StandingDep, TurnedAway, demand, done
from server.typed import Day, Line, Text

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["working document"])

Label = Annotated[str, Path(pattern="^(" + "|".join(LABELS) + ")$")]
Key = Annotated[str, Field(pattern="^(family|authority|tribunal):[a-z0-9][A-Za-z0-9_-]{0,63}$")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AppealIn(Strict):
    """The facts of an appeal. ``speakers`` are the ids of people on the plan, at least one for each side."""

    number: Line = Field(max_length=20, description="EH123/26/00041")
    sections: list[str] = Field(min_length=1, max_length=12)
    sent_on: Day | None = None
    hearing_on: Day | None = None
    filing_on: Day | None = None
    speakers: list[str] = Field(min_length=2, max_length=20)


class AppealChange(Strict):
    """New facts of an open appeal."""

    sections: list[str] = Field(min_length=1, max_length=12)
    sent_on: Day | None = None
    hearing_on: Day | None = None
    filing_on: Day | None = None
    speakers: list[str] = Field(min_length=2, max_length=20)


class AppealOut(BaseModel):
    """An appeal."""

    number: str
    sections: list[str]
    sent_on: date | None
    hearing_on: date | None
    filing_on: date | None
    opened_on: date
    closed_on: date | None
    outcome: str


class WantedIn(Strict):
    """A proposal, and the hash of the wording you were shown."""

    key: Key
    hash: Hash


class DecisionIn(Strict):
    """One decision on one or more proposals: all of them or none."""

    act: DecisionAct
    proposals: list[WantedIn] = Field(min_length=1, max_length=200)
    reason: Annotated[Text, Field(max_length=4000)] = ""


class WithdrawIn(Strict):
    """Your side's proposals to take back; what was made together has to be named together."""

    proposals: list[WantedIn] = Field(min_length=1, max_length=200)


class ReasonIn(Strict):
    """Why your side proposes this."""

    key: Key
    reason: Annotated[Text, Field(max_length=4000)]


class EvidenceIn(Strict):
    """A place in a document that one of your side's proposals rests on."""

    key: Key
    document: Line = Field(max_length=200)
    author: Line = Field(max_length=120)
    role: Line = Field(max_length=120)
    dated: Day | None = None
    page: Annotated[Text, Field(max_length=20)] = ""
    paragraph: Annotated[Text, Field(max_length=20)] = ""


class TurnIn(Strict):
    """``private``: your side drafts where nobody else can look. ``send``: everything drafted is sent."""

    to: Literal["private", "send"]


class VersionOut(BaseModel):
    """A frozen version of the working document."""

    number: int
    on: date
    party: str
    by: str
    at: datetime
    hash: str = Field(description="SHA-256 of the frozen bytes.")
    filed_on: date | None


def appeal_out(appeal: Appeal) -> AppealOut:
    return AppealOut.model_validate(appeal, from_attributes=True)


def version_out(version: WorkingVersion) -> VersionOut:
    return VersionOut(
        number=version.number,
        on=version.on,
        party=version.side,
        by=version.by,
        at=version.at,
        hash=version.hash,
        filed_on=version.filed_on,
    )


@router.post("/appeal", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 409, 422))
async def open_appeal(body: AppealIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> AppealOut:
    """Open an appeal on the final plan. The plan stays in force; only the sections named open for proposals."""
    opening = Opening(
        body.number,
        tuple(body.sections),
        body.sent_on,
        body.hearing_on,
        body.filing_on,
        tuple(body.speakers),
    )
    return appeal_out(done(await start_appeal(office, person, standing.plan.id, opening)))


@router.put("/appeal", responses=problems(403, 404, 422))
async def put_appeal(body: AppealChange, standing: StandingDep, person: PersonDep, office: OfficeDep) -> AppealOut:
    """Change the dates and the people who speak, or add sections in dispute."""
    change = Change(tuple(body.sections), body.sent_on, body.hearing_on, body.filing_on, tuple(body.speakers))
    return appeal_out(done(await change_appeal(office, person, standing.plan.id, change)))


@router.get("/appeal", responses=problems(403, 404))
async def get_appeal(standing: StandingDep, office: OfficeDep) -> AppealOut:
    """The appeal that is open now."""
    demand(standing, "see_working")
    appeal_id = _appeal_id(standing)
    return appeal_out(await office.store.aread(lambda db: db.get_one(Appeal, appeal_id)))


@router.get("/working/{section}", responses=problems(403, 404))
async def get_working(section: Label, standing: StandingDep, person: PersonDep, office: OfficeDep) -> dict[str, Any]:
    """One section: the issued text, every proposal with where it stands, and what you may do."""
    seen = done(await see(office, person, standing.plan.id, section))
    return await office.store.aread(lambda db: answer(db, seen))


@router.get("/working/{section}/since", responses=problems(403, 404))
async def get_since(section: Label, standing: StandingDep, person: PersonDep, office: OfficeDep) -> dict[str, Any]:
    """What changed since your side last looked, word by word."""
    seen = done(await see(office, person, standing.plan.id, section))
    look, found = await office.store.aread(lambda db: looks.changes(db, seen))
    return looks.as_values(seen, look, found)


@router.post("/working/{section}/seen", responses=problems(403, 404))
async def post_seen(section: Label, standing: StandingDep, person: PersonDep, office: OfficeDep) -> dict[str, str]:
    """Say that your side has looked: the next changes are counted from here."""
    look = done(await looks.looked(office, person, standing.plan.id, section))
    return {"at": look.at.isoformat()}


@router.post("/working/{section}/decisions", responses=problems(403, 404, 409, 422))
async def post_decision(
    section: Label, body: DecisionIn, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> dict[str, Any]:
    """Agree, do not agree, ask the panel, or record its answer. Each proposal with the hash you were shown."""
    wanted = [Wanted(one.key, one.hash) for one in body.proposals]
    done(await decide(office, person, standing.plan.id, section, body.act, wanted, body.reason))
    return await get_working(section, standing, person, office)


@router.post("/working/{section}/withdraw", responses=problems(403, 404, 409))
async def post_withdraw(
    section: Label, body: WithdrawIn, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> dict[str, Any]:
    """Take your side's proposals back, all or none of these. Their numbers and their history stay."""
    wanted = [Wanted(one.key, one.hash) for one in body.proposals]
    done(await withdraw(office, person, standing.plan.id, section, wanted))
    return await get_working(section, standing, person, office)


@router.post("/working/{section}/reason", responses=problems(403, 404, 409, 422))
async def post_reason(
    section: Label, body: ReasonIn, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> dict[str, Any]:
    """Say why your side proposes this."""
    done(await give_reason(office, person, standing.plan.id, section, body.key, body.reason))
    return await get_working(section, standing, person, office)


@router.post("/working/{section}/evidence", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 409, 422))
async def post_evidence(
    section: Label, body: EvidenceIn, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> dict[str, Any]:
    """Say where the evidence for one of your side's proposals is."""
    source = Source(body.document, body.author, body.role, body.dated, body.page, body.paragraph)
    for problem in check_evidence(
        source.document, source.author, source.role, source.dated, source.page, source.paragraph, today=today()
    ):
        raise TurnedAway(Refused(Code.MALFORMED, problem.sentence, problem.field))
    done(await add_evidence(office, person, standing.plan.id, section, body.key, source))
    return await get_working(section, standing, person, office)


@router.delete("/working/{section}/evidence/{evidence_id}", responses=problems(403, 404, 409))
async def delete_evidence(
    section: Label, evidence_id: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> dict[str, Any]:
    """Take a piece of your side's evidence away. That it was there stays in the record."""
    done(await remove_evidence(office, person, standing.plan.id, section, evidence_id))
    return await get_working(section, standing, person, office)


@router.post("/appeal/turn", responses=problems(403, 404, 409))
async def post_turn(body: TurnIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> dict[str, int | str]:
    """Draft in private, or send what was drafted."""
    if body.to == "private":
        done(await begin_turn(office, person, standing.plan.id))
        return {"turn": "private"}
    sent = done(await send_turn(office, person, standing.plan.id))
    return {"turn": "live", "sent": sent}


@router.get("/appeal/versions", responses=problems(403, 404))
async def get_versions(standing: StandingDep, office: OfficeDep) -> list[VersionOut]:
    """Every frozen version, the newest first."""
    demand(standing, "see_working")
    appeal_id = _appeal_id(standing)
    return [version_out(one) for one in await office.store.aread(lambda db: versions_of(db, appeal_id))]


@router.post("/appeal/versions", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 409))
async def post_version(standing: StandingDep, person: PersonDep, office: OfficeDep) -> VersionOut:
    """Freeze what is shared now as the next version."""
    return version_out(done(await freeze_version(office, person, standing.plan.id)))


@router.get("/appeal/versions/{number}", responses=problems(403, 404))
async def get_version(number: RowId, standing: StandingDep, office: OfficeDep) -> Response:
    """The frozen bytes of a version, exactly as they were."""
    demand(standing, "see_working")
    appeal_id = _appeal_id(standing)
    found = await office.store.aread(lambda db: find(db, appeal_id, number))
    if found is None:
        raise TurnedAway(
            Refused(
                Code.UNKNOWN_DOCUMENT,
                "There is no such version of the working document. Choose one from the list of versions.",
            )
        )
    return Response(found.payload, media_type="application/json", headers={"ETag": f'"{found.hash}"'})


@router.post("/appeal/versions/{number}/filed", responses=problems(403, 404, 409))
async def post_filed(number: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep) -> VersionOut:
    """Record that a version was filed with the tribunal today."""
    return version_out(done(await file_version(office, person, standing.plan.id, number)))


def _appeal_id(standing: StandingDep) -> int:
    if standing.appeal is None:
        raise TurnedAway(NO_APPEAL)
    return standing.appeal.id
