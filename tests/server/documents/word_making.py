"""Working documents made for the tests of taking Word back, and edits in the XML of the files made from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from lxml import etree

from sections.keys import DEFAULT, Profile
from sections.redline.baseline import Baseline
from sections.redline.compose import texts
from sections.redline.decompose import Hand, changes, decompose
from sections.redline.edit import Act, edit
from sections.redline.records import Record, records
from sections.redline.register import SETTLED, Status
from sections.redline.units import length
from sections.redline.views import view
from server.documents.docx_working import working_docx
from server.documents.word_lines import Held, lines_of
from server.documents.word_reading import read_word
from server.documents.word_safety import Refused
from server.documents.word_values import Reading, SectionReading
from server.documents.working import ORDER, DisputedSection, WorkingDocument
from server.settings import Settings
from tests.sections.redline.making import minting

LIMITS = Settings()
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
).encode()
MARKS = {"bold": "<w:b/>", "italic": "<w:i/>", "underline": '<w:u w:val="single"/>', "strike": "<w:strike/>"}


def section(
    baseline: Baseline,
    known: dict[str, Record],
    standing: dict[str, Status] | None = None,
    citations: dict[str, tuple[str, ...]] | None = None,
) -> DisputedSection:
    return DisputedSection(
        label=baseline.section,
        title="Special educational provision",
        appeal=ORDER,
        baseline=baseline,
        known=known,
        standing=standing if standing is not None else standing_of(known),
        numbers={key: f"F-{count}" for count, key in enumerate(known, 1)},
        citations=citations or {},
    )


def standing_of(known: dict[str, Record]) -> dict[str, Status]:
    return {key: "proposed" if record.live else "withdrawn" for key, record in known.items()}


def document(*sections: DisputedSection, profile: Profile = DEFAULT) -> WorkingDocument:
    return WorkingDocument(
        council="Example Council",
        reference="EHC-0001",
        child="Jamie",
        appeal_number="EH123/26/00041",
        version=3,
        on=date(2026, 11, 22),
        party="authority",
        profile=profile,
        colour=False,
        sections=sections,
    )


def file_of(*sections: DisputedSection, fold: bool = False, profile: Profile = DEFAULT) -> bytes:
    return working_docx(document(*sections, profile=profile), fold=fold)


def read(data: bytes, *sections: DisputedSection, side: str = "family", **more: Any) -> Reading:
    found = read_word(
        data,
        {one.label: one.baseline for one in sections},
        {one.label: one.known for one in sections},
        side,
        minting(),
        limits=LIMITS,
        standing={one.label: one.standing for one in sections},
        **more,
    )
    assert not isinstance(found, Refused), found.code
    return found


def random_section(random: Random, baseline: Baseline, layers: Any) -> DisputedSection:
    known = records(baseline, layers)
    standing = standing_of(known)
    for key, now in standing.items():
        if now == "proposed":
            standing[key] = random.choice(["proposed", "proposed", "agreed", "ordered", "not agreed", "refused"])
    return section(baseline, known, standing)


def edited(random: Random, before: DisputedSection, side: str, many: int) -> DisputedSection:
    """The section after one side worked on its text in our editor; what it reworded is open again."""
    mint = minting()
    known = dict(before.known)
    apart = frozenset(k for k, r in known.items() if r.side == side and (r.counters or before.standing[k] in SETTLED))
    for _ in range(many):
        shown = view(before.baseline, known, before.standing, "key", side)
        block = random.choice([one for one in texts(shown) if not one.key])
        runs = block.runs or ()
        words = "".join(run.text for run in runs)
        start, end = sorted((random.randint(0, length(words)), random.randint(0, length(words))))
        typed = random.choice(["", "weekly ", " for 1:1 work", "will", "😀", "must"])
        new = edit(runs, start, random.choice([start, end]), typed, Act(side, lambda: f"e{mint()}", apart)).runs
        hand = Hand(side, block.id, known, lambda: f"e{mint()}")
        known.update({record.key: record for record in changes(known, decompose(new, hand), hand)})
    standing = dict(before.standing)
    for key, record in known.items():
        if before.known.get(key) != record:
            standing[key] = "proposed" if record.live else "withdrawn"
    return replace(before, known=known, standing=standing)


def taken(before: DisputedSection, reading: SectionReading) -> DisputedSection:
    """The section after all changes of a reading were written; what was reworded is open again."""
    written = {change.record.key: change.record for change in reading.changes}
    return replace(before, known={**before.known, **written}, standing={**before.standing, **standing_of(written)})


def prints(one: DisputedSection) -> list[tuple[str, str, tuple[str, ...]]]:
    """What is seen in print, character by character: the block and the look; struck words before new ones."""
    held = Held(one.label, one.baseline, one.known, one.standing)
    return [
        (line.id.partition("#")[0], character, tuple(sorted(stretch.marks)))
        for line in lines_of(held, DEFAULT, "family")
        for stretch in line.stretches
        for character in stretch.text
    ]


def changed_part(data: bytes, change: Callable[[Any], None], name: str = "word/document.xml") -> bytes:
    """The file with one part's XML changed by hand."""
    files = unzipped(data)
    root = etree.fromstring(files[name])
    change(root)
    return zipped({**files, name: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)})


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def without_tree(data: bytes) -> bytes:
    """Our file as it comes back from a program that throws away what it does not know."""
    return zipped({name: part for name, part in unzipped(data).items() if b"urn:alongside" not in part})


def inside(body: str) -> bytes:
    """The smallest Word file with this body."""
    document = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": document.encode()})


def run(text: str, *marks: str) -> str:
    return f'<w:r><w:rPr>{"".join(MARKS[mark] for mark in marks)}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*runs: str, style: str = "") -> str:
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{"".join(runs)}</w:p>'
        if style
        else f"<w:p>{''.join(runs)}</w:p>"
    )


def inserted(*runs: str) -> str:
    return f'<w:ins w:id="1" w:author="Somebody" w:date="2026-11-20T10:00:00Z">{"".join(runs)}</w:ins>'


def deleted(*runs: str) -> str:
    inner = "".join(runs).replace("<w:t ", "<w:delText ").replace("</w:t>", "</w:delText>")
    return f'<w:del w:id="2" w:author="Somebody" w:date="2026-11-20T10:00:00Z">{inner}</w:del>'
